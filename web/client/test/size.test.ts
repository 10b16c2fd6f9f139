import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';

const LIMIT_BYTES = 6 * 1024;

test('the core is at most 6 kB, minified and compressed', async () => {
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: 'oxc', lib: { entry, formats: ['es'] }, rolldownOptions: { output: { minify: true } } },
  })) as Rolldown.RolldownOutput[];
  const code = built[0]?.output[0].code ?? '';
  expect(code).toContain('waybill.v1.json');
  expect(gzipSync(code).length).toBeLessThanOrEqual(LIMIT_BYTES);
});
