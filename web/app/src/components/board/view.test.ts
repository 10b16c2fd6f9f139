import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATUSES } from '@waybill/client';
import { EVERYTHING, filterOf, formatView, parseView, reversed, SORT_NAMES, type View } from './view.ts';
import type { OrdersSort } from '@waybill/client/react';

const sorts = Object.keys(SORT_NAMES) as OrdersSort[];
const day = fc.oneof(fc.constant(''), fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)));
const text = fc.string({ maxLength: 40, unit: 'grapheme' }).map((value) => value.trim());
const views: fc.Arbitrary<View> = fc.record({
  status: fc.subarray([...STATUSES]), customer: text, from: day, to: day, q: text, sort: fc.constantFrom(...sorts),
});

test('every view survives the address', () => {
  fc.assert(fc.property(views, (view) => {
    expect(parseView(formatView(view))).toEqual({ view, dropped: [] });
  }));
});

test('whatever the address says, there is a view, and what means nothing is named', () => {
  fc.assert(fc.property(fc.string(), (search) => {
    const { view } = parseView(search);
    expect(parseView(formatView(view))).toEqual({ view, dropped: [] });
  }));
  const { view, dropped } = parseView('?status=shipped,lost&from=2026-02-30&to=tomorrow&sort=colour&q=tea&utm=1');
  expect(view).toEqual({ ...EVERYTHING, status: ['shipped'], q: 'tea' });
  expect(dropped).toEqual(['status=lost', 'from=2026-02-30', 'to=tomorrow', 'sort=colour']);
});

test('an address is short and can be read', () => {
  expect(formatView(EVERYTHING)).toBe('');
  expect(formatView({ ...EVERYTHING, status: ['shipped', 'pending'], q: 'blue mug' })).toBe('?status=pending,shipped&q=blue+mug');
});

test('the last day is asked for to its end', () => {
  const { from, to } = filterOf({ ...EVERYTHING, from: '2026-02-28', to: '2026-02-28' });
  expect(new Date(from ?? '')).toEqual(new Date(2026, 1, 28));
  expect(new Date(to ?? '')).toEqual(new Date(2026, 2, 1));
});

test('a sort and its reverse', () => {
  for (const sort of sorts) expect(reversed(reversed(sort))).toBe(sort);
  expect(reversed('-total')).toBe('total');
});
