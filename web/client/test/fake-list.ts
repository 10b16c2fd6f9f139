/** The list of orders as the real server gives it: filters, sorts, pages by keyset, counts, and all of it as CSV. */
import type { OrderView, Status } from '../src/wire.ts';
import type { FakeShop } from './fake-shop.ts';

type Keys = readonly [string | number, string];

/** Answers from sorted lists that are kept until something happens. */
export class FakeList {
  private readonly shop: FakeShop;
  private readonly kept = new Map<string, readonly OrderView[]>();
  private keptAt = -1;

  constructor(shop: FakeShop) {
    this.shop = shop;
  }

  page(query: URLSearchParams, mine: string | null): object {
    const rows = this.rows(query, mine);
    const after = query.get('page_cursor');
    const from = after === null ? 0 : firstAfter(rows, JSON.parse(after) as Keys, query.get('sort') ?? '-placed_at');
    const end = from + Math.min(100, Number(query.get('limit') ?? 25));
    const data = rows.slice(from, end).map((order) => ({ ...this.shop.summary(order), stale: false }));
    const last = rows[end - 1];
    const next_cursor = last && end < rows.length ? JSON.stringify(keysOf(last, query.get('sort') ?? '-placed_at')) : null;
    const counts = query.get('counts') === 'true' ? { counts: this.counts(mine ?? query.get('customer')) } : {};
    return { data, next_cursor, cursor: `c${this.shop.log.length}`, ...counts };
  }

  /** Line by line, the columns' names first. */
  *csv(query: URLSearchParams, mine: string | null): Generator<string> {
    yield 'order_number,order_id,customer_id,status,titles,total\r\n';
    for (const order of this.rows(query, mine)) {
      const { order_number, order_id, customer_id, status, pricing } = order;
      const titles = pricing.items.map(({ title }) => title).join('; ');
      yield `${order_number},${order_id},${customer_id},${status},"${titles}\r\n",${(pricing.total / 100).toFixed(2)}\r\n`;
    }
  }

  private rows(query: URLSearchParams, mine: string | null): readonly OrderView[] {
    if (this.keptAt !== this.shop.log.length) this.kept.clear();
    this.keptAt = this.shop.log.length;
    const [status, customer, from, to, q, sort] = ['status', 'customer', 'from', 'to', 'q', 'sort'].map((name) => query.get(name) ?? '') as
      [string, string, string, string, string, string];
    const name = JSON.stringify([status, customer, from, to, q, sort, mine]);
    const known = this.kept.get(name);
    if (known) return known;
    const statuses = status.split(',').filter(Boolean) as Status[];
    const words = split(q);
    const descending = (sort || '-placed_at').startsWith('-') ? -1 : 1;
    const found = [...this.shop.orders.values()]
      .filter((order) => (mine === null || order.customer_id === mine) && (!customer || order.customer_id === customer))
      .filter((order) => statuses.length === 0 || statuses.includes(order.status))
      .filter(({ placed_at }) => (!from || Date.parse(placed_at) >= Date.parse(from)) && (!to || Date.parse(placed_at) < Date.parse(to)))
      .filter((order) => words.length === 0 || hasAll(order, words))
      .map((order) => ({ order, keys: keysOf(order, sort || '-placed_at') }))
      .sort((a, b) => descending * compare(a.keys, b.keys))
      .map(({ order }) => order);
    this.kept.set(name, found);
    return found;
  }

  private counts(customer: string | null): Record<string, number> {
    const counts: Record<string, number> = { pending: 0, processing: 0, shipped: 0, delivered: 0, cancelled: 0 };
    for (const order of this.shop.orders.values()) {
      if (customer === null || order.customer_id === customer) counts[order.status] = (counts[order.status] ?? 0) + 1;
    }
    return counts;
  }
}

function keysOf(order: OrderView, sort: string): Keys {
  const value = sort.endsWith('total') ? order.pricing.total : sort.endsWith('updated_at') ? order.updated_at : order.placed_at;
  return [value, order.order_id];
}

function compare(a: Keys, b: Keys): number {
  const [x, y] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]];
  return x < y ? -1 : x > y ? 1 : 0;
}

function firstAfter(rows: readonly OrderView[], keys: Keys, sort: string): number {
  const direction = sort.startsWith('-') ? -1 : 1;
  let from = 0;
  let to = rows.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const row = rows[middle];
    if (row && direction * compare(keysOf(row, sort), keys) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function split(text: string): string[] {
  return text.toLowerCase().split(/[^\p{Alphabetic}\p{N}]+/u).filter(Boolean);
}

function hasAll(order: OrderView, words: readonly string[]): boolean {
  const { order_number, customer_id, reference = '', shipping_address: address, pricing } = order;
  const items = pricing.items.flatMap(({ title, sku }) => [title, sku]);
  const known = split([order_number, customer_id, reference, address?.name ?? '', address?.email ?? '', ...items].join(' '));
  return words.every((word) => known.some((other) => other.startsWith(word)));
}
