import { expect, test } from 'vitest';
import type { OrderSummary } from '../src/index.ts';
import { applyToCounts, emptyCounts, OrderList } from '../src/stores/order-list.ts';
import { compareBy } from '../src/stores/order-filter.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

const MANY = 100_000;
const row = (n: number, more: Partial<OrderSummary> = {}) =>
  sampleSummary({ order_id: `o${String(n).padStart(6, '0')}`, placed_at: new Date(Date.UTC(2026, 0, 1) - 1_000 * n).toISOString(), ...more });

test('with a hundred thousand rows an event costs a few comparisons, and a page none of the rows before it', () => {
  let compared = 0;
  const compare = compareBy();
  const list = new OrderList((a, b) => {
    compared += 1;
    return compare(a, b);
  });
  const rows = Array.from({ length: MANY }, (_, n) => row(n));
  for (let from = 0; from < MANY; from += 100) list.append(rows.slice(from, from + 100), false);
  expect(list.rows).toHaveLength(MANY);
  expect(compared).toBe(0);
  const costs = (what: () => void) => {
    compared = 0;
    what();
    return compared;
  };
  expect(costs(() => list.put(row(50_000, { version: 2, status: 'shipped' })))).toBeLessThan(60);
  expect(costs(() => list.put(row(-1)))).toBeLessThan(60);
  expect(costs(() => list.put(row(70_000, { version: 2, placed_at: '2027-01-01T00:00:00.000Z' })))).toBeLessThan(60);
  expect(costs(() => list.remove('o080000'))).toBeLessThan(30);
  expect(costs(() => list.append([row(MANY), row(MANY + 1)], true))).toBe(0);
  expect(list.rows.map(({ order_id }) => order_id).slice(0, 2)).toEqual(['o070000', 'o0000-1']);
  expect(list.rows).toHaveLength(MANY + 2);
});

test('what follows the last page is not known, and what was there when it was read bounds it', () => {
  const list = new OrderList(compareBy());
  list.append([row(1), row(3)], false);
  list.put(row(5));
  list.remove(row(3).order_id);
  list.put(row(2));
  expect(list.rows.map(({ order_id }) => order_id)).toEqual([row(1).order_id, row(2).order_id]);
  list.append([], true);
  list.put(row(5));
  expect(list.rows).toHaveLength(3);
});

test('counts move from one status to the next', () => {
  const counts = { ...emptyCounts(), pending: 4 };
  expect(applyToCounts(counts, sampleEvent('order.status_changed', { from: 'pending', to: 'shipped' }))).toEqual({ ...counts, pending: 3, shipped: 1 });
  expect(applyToCounts(counts, sampleEvent('order.updated', { changes: [] }))).toBe(counts);
});
