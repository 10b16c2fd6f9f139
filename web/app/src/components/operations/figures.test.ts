import { expect, test } from 'vitest';
import { figure, inWords, millis, stretch } from './figures.ts';

test('a number has as many places as mean something', () => {
  expect([0, 0.456, 3, 12.34, 123.6, 12_345].map((n) => figure(n, 'en-GB'))).toEqual(['0', '0.46', '3', '12.3', '124', '12,345']);
});

test('durations are in milliseconds, and in seconds once they are long', () => {
  expect([null, 0.42, 8.25, 43.21, 312.7, 1_534].map((ms) => millis(ms, 'en-GB').replace('\u00a0', ' '))).toEqual(['–', '0.42 ms', '8.25 ms', '43.2 ms', '313 ms', '1.53 s']);
});

test('a stretch of time is told in its two largest units', () => {
  expect([0, 0.2, 5, 65, 3_600, 3_605, 90_061].map(stretch)).toEqual(['0 s', 'under 1 s', '5 s', '1 min 5 s', '1 h', '1 h', '1 d 1 h']);
});

test('a read model is called by its name in words', () => {
  expect(inWords('order_list')).toBe('Order list');
});
