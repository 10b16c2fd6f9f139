import { expect, test } from 'vitest';
import type { OrderSummary, Status } from '../src/index.ts';
import { applyToCounts, applyToRows, emptyCounts, matchesText, mergeRows } from '../src/stores/order-list.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

const row = (n: number, status: Status = 'pending', version = 1) =>
  sampleSummary({ order_id: `o${n}`, order_number: `ORD-${n}`, status, version, placed_at: `2026-01-0${n}T00:00:00.000000Z` });
const ids = (rows: readonly OrderSummary[]) => rows.map((order) => order.order_id);
const moved = (from: Status, to: Status) => sampleEvent('order.status_changed', { from, to }, { order_id: 'o1', version: 2 });

test('a new order takes its place by the time at which it was placed', () => {
  expect(ids(applyToRows([row(5), row(3)], row(4), {}, false))).toEqual(['o5', 'o4', 'o3']);
});

test('an order beyond the loaded pages waits for its page', () => {
  expect(ids(applyToRows([row(5), row(3)], row(1), {}, true))).toEqual(['o5', 'o3']);
  expect(ids(applyToRows([row(5), row(3)], row(1), {}, false))).toEqual(['o5', 'o3', 'o1']);
});

test('a row is replaced by a newer version only', () => {
  const rows = [row(2, 'shipped', 3)];
  expect(applyToRows(rows, row(2, 'processing', 2), {}, false)).toBe(rows);
  expect(applyToRows(rows, row(2, 'delivered', 4), {}, false)[0]?.status).toBe('delivered');
});

test('a row enters and leaves a filtered list as its status changes', () => {
  const filter = { status: 'shipped' as const };
  const shipped = applyToRows([], row(2, 'shipped', 2), filter, false);
  expect(ids(shipped)).toEqual(['o2']);
  expect(applyToRows(shipped, row(2, 'delivered', 3), filter, false)).toEqual([]);
});

test('a row that the server found stays found, whatever of it matched', () => {
  expect(ids(applyToRows([row(2)], row(2, 'shipped', 2), { q: 'a word in the notes' }, false))).toEqual(['o2']);
});

test('counts move from one status to the next', () => {
  const counts = { ...emptyCounts(), pending: 4 };
  expect(applyToCounts(counts, moved('pending', 'shipped'), row(1, 'shipped', 2), {})).toEqual({ ...counts, pending: 3, shipped: 1 });
  expect(applyToCounts(counts, moved('pending', 'shipped'), row(1, 'shipped', 2), { q: 'nothing' })).toBe(counts);
});

test('pages that overlap make one list without repeats', () => {
  expect(ids(mergeRows([row(5), row(3)], [row(3), row(1)]))).toEqual(['o5', 'o3', 'o1']);
});

test('text is found in number and titles, in any case', () => {
  expect(matchesText(row(7), 'ord-7')).toBe(true);
  expect(matchesText(row(7), 'MUG')).toBe(true);
  expect(matchesText(row(7), 'cup')).toBe(false);
});
