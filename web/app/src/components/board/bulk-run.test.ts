import type { Client, OrderSummary } from '@waybill/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BulkRun, ROWS, type RowState } from './bulk-run.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Sent {
  key: string;
  body: string;
  ids: string[];
}
type Answer = 'lost' | 'down' | 'busy' | 'refused' | 'ok';

/** A server that may do what it is asked for and then lose its answer. */
function shop(script: Answer[]) {
  const sent: Sent[] = [];
  /** What was done, and how often. */
  const done = new Map<string, number>();
  const keys = new Set<string>();
  let online: () => void = () => undefined;
  const client = {
    status: { state: 'live' },
    onStatus: (listener: () => void) => {
      online = listener;
      return () => undefined;
    },
    fetch: (_path: string, init: RequestInit) => {
      const body = init.body as string;
      const ids = (JSON.parse(body) as { orders: { order_id: string }[] }).orders.map(({ order_id }) => order_id);
      const key = (init.headers as Record<string, string>)['idempotency-key'] ?? '';
      sent.push({ key, body, ids });
      const answer = script.shift() ?? 'ok';
      const problem = (status: number, more: object = {}) =>
        Promise.resolve(new Response(JSON.stringify({ status, code: 'x', detail: 'No.', ...more }), { status }));
      if (answer === 'busy') return problem(429, { retry_after_secs: 3 });
      if (answer === 'down') return problem(503);
      if (answer === 'refused') return problem(403);
      if (!keys.has(key)) for (const id of ids) done.set(id, (done.get(id) ?? 0) + 1);
      keys.add(key);
      if (answer === 'lost') return Promise.reject(new TypeError('no network'));
      return Promise.resolve(new Response(JSON.stringify({ results: ids.map((order_id) => ({ order_id, outcome: 'applied' })) })));
    },
  } as unknown as Client;
  return { client, sent, done, online: () => online() };
}

const orders = (count: number) => Array.from({ length: count }, (_, i) => ({ order_id: `o${i}`, version: i }) as OrderSummary);
const states = (run: BulkRun): RowState[] => run.get().rows.map(({ state }) => state);
const all = (state: RowState, count: number) => Array.from({ length: count }, () => state);

test('each order is asked for once with the version that was seen, in requests with keys of their own', async () => {
  const { client, sent } = shop([]);
  const run = new BulkRun(client, { to: 'processing' }, orders(ROWS + 3));
  await run.run();
  expect(sent.map(({ ids }) => ids.length)).toEqual([ROWS, 3]);
  expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  expect(JSON.parse(sent[1]?.body ?? '')).toMatchObject({ to: 'processing', orders: [{ order_id: `o${ROWS}`, expected_version: ROWS }, {}, {}] });
  expect(states(run)).toEqual(all('applied', ROWS + 3));
});

test.each([['lost'], ['down']] as const)('an answer that is %s is asked for again with the same key, and nothing is done twice', async (answer) => {
  const { client, sent, done } = shop([answer, answer]);
  const run = new BulkRun(client, { to: 'processing' }, orders(3));
  const over = run.run();
  await vi.advanceTimersByTimeAsync(10);
  expect(states(run)).toEqual(all('unknown', 3));
  expect(run.get().trouble).toBeTruthy();
  await vi.advanceTimersByTimeAsync(5_000);
  await over;
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ key, body }) => key + body)).size).toBe(1);
  expect([...done.values()]).toEqual([1, 1, 1]);
  expect(run.get()).toMatchObject({ phase: 'over', trouble: null });
  expect(states(run)).toEqual(all('applied', 3));
});

test('when the connection is back there is no waiting', async () => {
  const { client, online } = shop(['lost']);
  const run = new BulkRun(client, { to: 'processing' }, orders(1));
  const over = run.run();
  await vi.advanceTimersByTimeAsync(10);
  online();
  await over;
  expect(states(run)).toEqual(['applied']);
});

test('who is turned away for asking too much waits as long as he is told', async () => {
  const { client, sent } = shop(['busy']);
  const run = new BulkRun(client, { to: 'processing' }, orders(1));
  const over = run.run();
  await vi.advanceTimersByTimeAsync(2_900);
  expect(sent).toHaveLength(1);
  expect(states(run)).toEqual(['waiting']);
  await vi.advanceTimersByTimeAsync(200);
  await over;
  expect(states(run)).toEqual(['applied']);
});

test('the rest can be cancelled, and what is not known asked for later', async () => {
  const { client, done } = shop(['ok', 'lost']);
  const run = new BulkRun(client, { reason: 'fraud' }, orders(3 * ROWS));
  const over = run.run();
  await vi.advanceTimersByTimeAsync(10);
  run.stop();
  await over;
  expect(states(run)).toEqual([...all('applied', ROWS), ...all('unknown', ROWS), ...all('left', ROWS)]);
  await run.run();
  expect(states(run)).toEqual([...all('applied', 2 * ROWS), ...all('left', ROWS)]);
  expect(done.size).toBe(2 * ROWS);
});

test('a request that is refused altogether says so at each of its orders, and the next one is sent', async () => {
  const { client } = shop(['refused']);
  const run = new BulkRun(client, { to: 'shipped' }, orders(ROWS + 1));
  await run.run();
  expect(states(run)).toEqual([...all('refused', ROWS), 'applied']);
  expect(run.get().rows[0]?.problem?.detail).toBe('No.');
});
