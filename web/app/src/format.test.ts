import { expect, test } from 'vitest';
import { ago, day, distance, momentOf, money, plural } from './format.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

test('money follows the minor unit of its currency', () => {
  expect(money(123456, 'EUR', 'en')).toBe('€1,234.56');
  expect(money(1200, 'JPY', 'en')).toBe('¥1,200');
  expect(money(1234567, 'KWD', 'en').replace(/\s/, ' ')).toBe('KWD 1,234.567');
});

test('a day is the same day in every time zone', () => {
  expect(day('2026-03-02', 'en')).toBe('Mar 2, 2026');
});

test.each([
  [30_000, 'just now'], [60_000, '1 min. ago'], [59 * 60_000, '59 min. ago'], [3 * 3_600_000, '3 hr. ago'],
  [26 * 3_600_000, 'yesterday'], [30 * 86_400_000, 'Jan 31, 2026'], [-5_000, 'just now'],
])('%i ms ago reads "%s"', (ms, text) => {
  expect(ago(NOW - ms, NOW, 'en')).toBe(text);
});

test('one order, two orders', () => {
  expect([plural(1, 'order'), plural(2, 'order')]).toEqual(['1 order', '2 orders']);
});

test.each([
  [-3_000, '0 s'], [59_400, '59 s'], [60_000, '1 min'], [59 * 60_000, '59 min'], [47 * 3_600_000, '47 h'], [72 * 3_600_000, '3 days'],
])('%i ms is a distance of %s', (ms, text) => {
  expect(distance(ms)).toBe(text);
});

test('a moment has a day if it is not of today', () => {
  const noon = new Date(2026, 2, 2, 12, 5).getTime();
  expect(momentOf(noon, noon + 3_600_000, 'en-GB')).toBe('12:05');
  expect(momentOf(noon, noon + 86_400_000, 'en-GB')).toBe('2 Mar, 12:05');
});
