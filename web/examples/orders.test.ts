import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** The frames of `topic` as the page of its customer gets them, with names in place of ids, cursors and times. */
async function frames(topic: string): Promise<unknown[]> {
  const waybill = process.env['WAYBILL'] ?? 'waybill';
  const { stdout } = await run(waybill, ['snapshot', '--topic', topic, '--audience', 'customer', '--frames']);
  return stdout.trim().split('\n').map((line): unknown => JSON.parse(line));
}

test('what a customer is told when an order is called off', async () => {
  expect(await frames('customer:otto')).toMatchSnapshot();
});
