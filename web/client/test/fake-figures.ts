/** `GET /v1/analytics` of the fake shop, added up from its log. */
import type { CancelReason, Figures, Status } from '../src/wire.ts';
import type { FakeShop } from './fake-shop.ts';

type Passing = Figures['time_in_status'][number]['status'];
const PASSING: Passing[] = ['pending', 'processing', 'shipped'];

export function figuresOf(shop: FakeShop, query: URLSearchParams): Figures {
  const by = query.get('by') === 'hour' ? 'hour' : 'day';
  const to = query.get('to') ?? new Date().toISOString().slice(0, 10);
  const from = query.get('from') ?? to;
  const within = (time: string) => time.slice(0, 10) >= from && time.slice(0, 10) <= to;
  const currencies = new Map<string, Figures['currencies'][number]>();
  for (const { placed_at, pricing, status } of shop.orders.values()) {
    if (!within(placed_at)) continue;
    const { currency } = pricing;
    const figures = currencies.get(currency) ?? { currency, orders: 0, cancelled: 0, revenue: 0, periods: [] };
    currencies.set(currency, figures);
    const start = by === 'hour' ? `${placed_at.slice(0, 13)}:00:00.000000Z` : `${placed_at.slice(0, 10)}T00:00:00.000000Z`;
    let period = figures.periods.find((one) => one.start === start);
    if (!period) figures.periods.push((period = { start, orders: 0, cancelled: 0, revenue: 0 }));
    for (const sum of [figures, period]) {
      sum.orders += 1;
      if (status === 'cancelled') sum.cancelled += 1;
      else sum.revenue += pricing.total;
    }
  }
  const entered = new Map<string, [Status, number]>();
  const times: Record<Passing, number[]> = { pending: [], processing: [], shipped: [] };
  const reasons = new Map<CancelReason, number>();
  for (const { event, order } of shop.log) {
    const at = Date.parse(event.recorded_at);
    const before = entered.get(event.order_id);
    if (before?.[0] === order.status) continue;
    entered.set(event.order_id, [order.status, at]);
    if (!before || !within(event.recorded_at)) continue;
    times[before[0] as Passing].push((at - before[1]) / 1000);
    if (event.type === 'order.cancelled') reasons.set(event.data.reason, (reasons.get(event.data.reason) ?? 0) + 1);
  }
  const all = [...currencies.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
  for (const { periods } of all) periods.sort((a, b) => (a.start < b.start ? -1 : 1));
  const cancellations = [...reasons].map(([reason, count]) => ({ reason, count }));
  return {
    cursor: `c${shop.log.length}`, position: shop.log.length, lag_events: 0, from, to, by, time_zone: 'UTC', parked: shop.parked,
    totals: { orders: sum(all, 'orders'), cancelled: sum(all, 'cancelled'), cancellations: sum(cancellations, 'count') },
    currencies: all, cancellations,
    time_in_status: PASSING.map((status) => {
      const sorted = times[status].sort((a, b) => a - b);
      const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
      return { status, count: sorted.length, median_secs: rank(0.5), p95_secs: rank(0.95) };
    }),
  };
}

function sum<K extends string>(all: readonly Record<K, number>[], key: K): number {
  return all.reduce((total, one) => total + one[key], 0);
}
