import { expect, test } from 'vitest';
import { compareBy, hasWords, isWanted, question } from '../src/stores/order-filter.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

const order = sampleSummary({ order_number: 'ORD-10001', reference: 'WEB-4711', recipient: 'María Fernández', titles: ['Assam leaf tea, 250 g'], city: 'Leeds' });
const moved = sampleEvent('order.status_changed', { from: 'pending', to: 'shipped' });
const has = (q: string, event = moved) => hasWords(question(q), order, event);

test('words are found by their beginnings, as the server finds them', () => {
  for (const q of ['ord-10001', 'ORD 1000', 'web-47', 'fernández', 'tea 250', 'ada', ' -!']) expect(has(q), q).toBe(true);
});

test('what the summary does not say only the server knows, unless the event says all', () => {
  // A city is not searched for, and a word is not found by its middle.
  for (const q of ['leeds', 'ssam', 'sku-9']) expect(has(q), q).toBe(null);
  const pricing = { currency: 'EUR', items: [{ line_id: '1', sku: 'SKU-9', title: 'Tea', quantity: 1, unit_price: 1 }], discount: 0, shipping: 0, tax: 0, tax_included: true, total: 1 };
  const created = sampleEvent('order.created', { placed_at: '', pricing });
  expect(has('sku-9', created)).toBe(true);
  expect(has('leeds', created)).toBe(false);
});

test('ten words of a question count, and forty letters of a word', () => {
  expect(question('a b c d e f g h i j k')).toHaveLength(10);
  expect(question('é'.repeat(50))).toEqual(['é'.repeat(40)]);
});

test('a day begins with its first microsecond and ends before the next', () => {
  const at = (placed_at: string) => sampleSummary({ placed_at });
  const filter = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00.000Z' };
  expect(isWanted(at('2026-03-01T00:00:00.000000Z'), filter)).toBe(true);
  expect(isWanted(at('2026-03-01T23:59:59.999999Z'), filter)).toBe(true);
  expect(isWanted(at('2026-03-02T00:00:00.000000Z'), filter)).toBe(false);
  expect(isWanted(at('2026-02-28T23:59:59.999999Z'), filter)).toBe(false);
});

test('the id decides between equals, in the direction of the sort', () => {
  const a = sampleSummary({ order_id: 'a' });
  const b = sampleSummary({ order_id: 'b' });
  expect(compareBy('total')(a, b)).toBeLessThan(0);
  expect(compareBy('-total')(a, b)).toBeGreaterThan(0);
  expect(compareBy()(a, a)).toBe(0);
});
