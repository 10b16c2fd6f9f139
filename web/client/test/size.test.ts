import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Minified and compressed, in bytes: the entry with everything that it imports, but React. */
async function sizeOf(entry: string): Promise<number> {
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false, minify: 'oxc', lib: { entry: at(entry), formats: ['es'] },
      rolldownOptions: { external: ['react'], output: { minify: true } },
    },
  })) as Rolldown.RolldownOutput[];
  const output = built.flatMap((part) => part.output).filter((part) => part.type === 'chunk');
  return output.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
}

/** What the README promises, in kB of 1,024 bytes. */
function promised(entry: string): number {
  const row = readFileSync(at('../README.md'), 'utf8').split('\n').find((line) => line.startsWith(`| \`${entry}\` |`));
  return Number(/([\d.]+) kB/.exec(row ?? '')?.[1]) * 1024;
}

test('the core is at most 6 kB', () => {
  expect(promised('@waybill/client')).toBeLessThanOrEqual(6 * 1024);
});

test.each([
  ['@waybill/client', '../src/index.ts'],
  ['@waybill/client/react', '../src/react/index.ts'],
  ['@waybill/client/tabs', '../src/tabs/index.ts'],
  ['@waybill/client/persist', '../src/persist.ts'],
])('%s is no larger than the README says', async (name, entry) => {
  const size = await sizeOf(entry);
  expect(size).toBeGreaterThan(400);
  expect(size).toBeLessThanOrEqual(promised(name));
});
