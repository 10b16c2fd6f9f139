/** The package as others get it: what is in it, and that their compilers take it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TSC = at('../../node_modules/typescript/bin/tsc');

let folder: string;
let files: string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-client-'));
  const unpacked = join(folder, 'node_modules/@waybill/client');
  mkdirSync(unpacked, { recursive: true });
  await run('npm', ['run', 'build'], { cwd: at('..') });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: at('..') });
  const packed = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  files = packed.flatMap((pack) => pack.files.map(({ path }) => path));
  await run('tar', ['-xzf', join(folder, packed[0]?.filename ?? ''), '-C', unpacked, '--strip-components=1']);
  mkdirSync(join(folder, 'node_modules/@types'));
  for (const name of ['react', '@types/react', 'csstype']) symlinkSync(at(`../../node_modules/${name}`), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of ['live-list.ts', 'orders.tsx']) writeFileSync(join(folder, name), readFileSync(at(`../examples/${name}`)));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('holds what was built and nothing else', () => {
  expect(files).toEqual(expect.arrayContaining([
    'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/react/index.js', 'dist/react/index.d.ts',
    'dist/tabs/index.js', 'dist/tabs/index.d.ts', 'dist/persist.js', 'dist/persist.d.ts', 'dist/contract.d.ts',
  ]));
  expect(files.filter((path) => !/^(dist\/[\w/-]+(\.js|\.d\.ts)|README\.md|package\.json|LICENSE[\w-]*)$/.test(path))).toEqual([]);
});

test.each([['node16', 'node16'], ['bundler', 'esnext']])(
  'the examples compile against it, with moduleResolution %s and everything strict', async (moduleResolution, module) => {
    const compilerOptions = {
      moduleResolution, module, target: 'es2022', lib: ['es2023', 'dom', 'dom.iterable'], jsx: 'react-jsx', types: [],
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, skipLibCheck: false, noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['live-list.ts', 'orders.tsx'] }));
    const result = await run(process.execPath, [TSC, '-p', folder]).catch((error: unknown) => error as { stdout: string });
    expect(result.stdout).toBe('');
  }, 60_000,
);

test('runs in Node as it is', async () => {
  const code = `
    const { createClient, STATUSES } = await import('@waybill/client');
    const { shareTabs } = await import('@waybill/client/tabs');
    const { persistIn } = await import('@waybill/client/persist');
    const client = createClient({ url: 'http://127.0.0.1:1', token: () => null, share: shareTabs() });
    client.start();
    await new Promise((resolve) => setTimeout(resolve));
    console.log(JSON.stringify([STATUSES.length, client.status, typeof persistIn]));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual([5, { state: 'stopped', reason: 'unauthorized' }, 'function']);
});
