import { describe, expect, it } from 'vitest';
import { filled, formatView, parseView, rangeOf, withUnit } from './range.ts';
import { duration, percent, periodName, periodTick, shortMoney, ticksOf } from './words.ts';

const TODAY = '2026-03-02';
const ranged = (search: string) => rangeOf(parseView(search), TODAY);

describe('the days that an address asks for', () => {
  it('are the last 30, or since yesterday by hour, unless it says otherwise', () => {
    expect(ranged('')).toEqual({ by: 'day', from: '2026-02-01', to: TODAY });
    expect(ranged('?by=hour')).toEqual({ by: 'hour', from: '2026-03-01', to: TODAY });
    expect(ranged('?days=7')).toEqual({ by: 'day', from: '2026-02-24', to: TODAY });
    expect(ranged('?from=2024-02-28&to=2024-03-01')).toEqual({ by: 'day', from: '2024-02-28', to: '2024-03-01' });
  });

  it('are the usual ones where it asks for too many, or for nonsense', () => {
    for (const days of ['0', '-1', '367', '1.5', 'x', '']) expect(ranged(`?days=${days}`)).toEqual(ranged(''));
    expect(ranged('?by=hour&days=32')).toEqual(ranged('?by=hour'));
  });

  it('are refused with a reason where they are named and cannot be shown', () => {
    expect(ranged('?from=2026-02-30')).toEqual({ fault: 'Choose a day.', field: 'from' });
    expect(ranged('?to=soon')).toEqual({ fault: 'Choose a day.', field: 'to' });
    expect(ranged('?from=2026-03-03')).toMatchObject({ field: 'from', fault: expect.stringContaining('not after the last') as unknown });
    expect(ranged('?by=hour&from=2026-01-31&to=2026-03-02')).toEqual({ by: 'hour', from: '2026-01-31', to: '2026-03-02' });
    expect(ranged('?by=hour&from=2026-01-30&to=2026-03-02')).toMatchObject({ fault: expect.stringContaining('31 days') as unknown });
    expect(ranged('?from=2025-03-01&to=2026-03-02')).toMatchObject({ fault: expect.stringContaining('366 days') as unknown });
  });

  it('come back from the address as they went in', () => {
    for (const search of ['', '?by=hour', '?days=90', '?by=hour&days=7', '?from=2026-01-01&to=2026-01-31&currency=CHF&as=table']) {
      expect(formatView(parseView(search))).toBe(search);
    }
  });

  it('stay where the unit allows, and else are its last ones', () => {
    const change = (search: string, by: 'hour' | 'day') => formatView(withUnit(parseView(search), by, TODAY));
    expect(change('', 'hour')).toBe('?by=hour');
    expect(change('?days=90', 'hour')).toBe('?by=hour&days=31');
    expect(change('?from=2026-01-01&to=2026-01-20', 'hour')).toBe('?by=hour&from=2026-01-01&to=2026-01-20');
    expect(change('?from=2025-06-01&to=2026-01-31', 'hour')).toBe('?by=hour&from=2026-01-01&to=2026-01-31');
  });
});

describe('what is drawn', () => {
  const period = (start: string, orders: number, revenue: number) => ({ start, orders, cancelled: 1, revenue });
  const eur = { periods: [period('2026-03-01T00:00:00.000000Z', 3, 900)] };
  const chf = { periods: [period('2026-03-01T00:00:00.000000Z', 2, 50), period('2026-03-02T00:00:00.000000Z', 1, 70)] };

  it('has every day, with all orders and the revenue of one currency', () => {
    const rows = filled({ by: 'day', from: '2026-02-28', to: '2026-03-02' }, [eur, chf], eur, Date.parse('2026-03-02T12:00:00Z'));
    expect(rows.map(({ orders, cancelled, revenue, soFar }) => [orders, cancelled, revenue, soFar])).toEqual([
      [0, 0, 0, false], [5, 2, 900, false], [1, 1, 0, true],
    ]);
  });

  it('ends with the present hour, and shows what was placed ahead of time', () => {
    const now = Date.parse('2026-03-01T02:30:00Z');
    expect(filled({ by: 'hour', from: '2026-03-01', to: '2026-03-02' }, [], undefined, now)).toHaveLength(3);
    const ahead = { periods: [period('2026-03-01T03:00:00.000000Z', 1, 5)] };
    expect(filled({ by: 'hour', from: '2026-03-01', to: '2026-03-02' }, [ahead], ahead, now)).toHaveLength(4);
  });
});

describe('words', () => {
  it('mark an axis at even distances, by day back from the last one', () => {
    const starts = (count: number) => Array.from({ length: count }, (_, nth) => nth);
    expect(ticksOf(starts(5), 'day', 6)).toEqual([0, 1, 2, 3, 4]);
    expect(ticksOf(starts(30), 'day', 6)).toEqual([1, 8, 15, 22, 29]);
    expect(ticksOf(starts(366), 'day', 6)).toHaveLength(6);
    expect(ticksOf(starts(366), 'day', 3)).toEqual([121, 243, 365]);
    expect(ticksOf(starts(48), 'hour', 6)).toEqual([0, 12, 24, 36]);
    expect(ticksOf(starts(744), 'hour', 6)).toEqual([0, 168, 336, 504, 672]);
    expect(ticksOf([], 'day', 6)).toEqual([]);
  });

  it('tell a duration in its two largest units, no finer than it is known', () => {
    expect([0.4, 42, 60, 154, 754, 18_720, 43_500, 86_400, 273_600, 345_605, 1_000_000].map(duration)).toEqual([
      'under a second', '42 s', '1 min', '2 min 34 s', '12 min', '5 h 12 min', '12 h', '1 day', '3 days 4 h', '4 days', '11 days',
    ]);
  });

  it('name hours and days by UTC', () => {
    const start = Date.parse('2026-03-01T23:00:00Z');
    expect(periodName(start, 'hour', 'en-GB')).toMatch(/^Sun,? 1 Mar,? 23:00$/);
    expect(periodName(start, 'day', 'en-GB')).toMatch(/^Sun,? 1 Mar 2026$/);
    expect(periodTick(start, 'hour', 'en-GB')).toBe('23:00');
    expect(periodTick(Date.parse('2026-03-02T00:00:00Z'), 'hour', 'en-GB')).toBe('2 Mar');
  });

  it('shorten money and shares', () => {
    expect(shortMoney(1_234_500, 'EUR', 'en-GB')).toMatch(/^€12\.3k$/i);
    expect(shortMoney(1_234_500, 'JPY', 'en-GB')).toMatch(/¥1\.2m$/i);
    expect(percent(1, 8, 'en-GB')).toBe('12.5%');
    expect(percent(0, 0, 'en-GB')).toBe('0%');
  });
});
