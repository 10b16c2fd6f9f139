/** A log with a list over it, decided by brute force, and a client that the test tells what comes when. */
import type { Client, Delivery, OrderEvent, OrderSummary, Status } from '../src/index.ts';
import { STATUSES } from '../src/index.ts';
import type { OrdersFilter } from '../src/stores/order-filter.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

/** What the server knows of an order: more than a summary says. */
export interface Row {
  summary: OrderSummary;
  email: string;
  sku: string;
}

interface Request {
  url: URL;
  resolve: (response: Response) => void;
  reject: (error: Error) => void;
}

/** Small, so that a few orders are many pages. */
const PAGE = 4;

export class OrdersModel {
  /** The list after each event; the first is the empty one. */
  readonly states: ReadonlyMap<string, Row>[] = [new Map()];
  readonly events: { event: OrderEvent; order: OrderSummary }[] = [];
  readonly requests: Request[] = [];
  private listener: ((delivery: Delivery) => void) | null = null;
  private delivered = 0;

  readonly client = {
    fetch: (path: string) => new Promise<Response>((resolve, reject) => {
      this.requests.push({ url: new URL(path, 'http://shop.test'), resolve, reject });
    }),
    subscribe: ({ after }: { after: string }, listener: (delivery: Delivery) => void) => {
      this.delivered = Number(after.slice(1));
      this.listener = listener;
      const cursor = () => `c${this.delivered}`;
      return {
        get cursor() {
          return cursor();
        },
        close: () => {
          if (this.listener === listener) this.listener = null;
        },
      };
    },
  } as unknown as Client;

  get now(): ReadonlyMap<string, Row> {
    return this.states.at(-1) ?? new Map<string, Row>();
  }

  get undelivered(): number {
    return this.listener ? this.events.length - this.delivered : 0;
  }

  create(n: number, more: Partial<OrderSummary>, email = '', sku = ''): void {
    if (this.now.has(`o${n}`)) return;
    const { order_id, order_number, version, ...rest } = sampleSummary({ order_id: `o${n}`, order_number: `ORD-${n}`, version: 0, ...more });
    const row = { summary: { ...rest, order_id, order_number, version, status: 'pending' as const }, email, sku };
    const data = { placed_at: row.summary.placed_at, ...detailsOf(row) };
    this.append(row, sampleEvent('order.created', data));
  }

  move(n: number, to: Status): void {
    const row = this.now.get(`o${n}`);
    if (!row || row.summary.status === to || to === 'pending') return;
    const from = row.summary.status;
    const next = { ...row, summary: { ...row.summary, status: to } };
    if (to === 'delivered') this.append(next, sampleEvent('order.completed', { from }));
    else if (to === 'cancelled') this.append(next, sampleEvent('order.cancelled', { from, reason: 'other' }));
    else this.append(next, sampleEvent('order.status_changed', { from, to }));
  }

  /** Another price, title and article code; another recipient and e-mail; or nothing that shows. */
  update(n: number, kind: 'pricing' | 'shipping_address' | 'notes', word: string, total: number): void {
    const row = this.now.get(`o${n}`);
    if (!row) return;
    const summary = { ...row.summary };
    if (kind === 'pricing') Object.assign(summary, { total, titles: ['Mug'] });
    if (kind === 'shipping_address') Object.assign(summary, { recipient: 'Somebody' });
    const next = { summary, email: kind === 'shipping_address' ? word : row.email, sku: kind === 'pricing' ? word : row.sku };
    const after = kind === 'notes' ? 'Ring twice.' : detailsOf(next)[kind];
    this.append(next, sampleEvent('order.updated', { changes: [{ kind, before: null, after }] as never }));
  }

  deliver(count: number): void {
    for (let i = 0; i < count && this.undelivered > 0; i++) {
      const next = this.events[this.delivered];
      this.delivered += 1;
      if (next) this.listener?.({ kind: 'event', ...next, live: false });
    }
  }

  /** Answers the oldest request from the list as it was at some time that is recent enough; `late`: 0 to 1. */
  answer(late: number): void {
    const request = this.requests.shift();
    if (!request) return;
    const query = request.url.searchParams;
    const min = Number(query.get('min_position')?.slice(1) ?? 0);
    const at = Math.round(min + (this.events.length - min) * late);
    const rows = this.list(filterOf(query), at);
    const token = JSON.parse(query.get('page_cursor') ?? 'null') as { of: string; after: OrderSummary } | null;
    const of = identity(query);
    if (token && token.of !== of) throw new Error(`a page cursor of ${token.of} was used for ${of}`);
    const compare = bruteCompare(query.get('sort') ?? '-placed_at');
    const rest = token ? rows.filter((row) => compare(row, token.after) > 0) : rows;
    const data = rest.slice(0, PAGE);
    const next_cursor = rest.length > PAGE ? JSON.stringify({ of, after: data.at(-1) }) : null;
    const counts = query.has('counts') ? { counts: this.counts(query.get('customer'), at) } : {};
    request.resolve(new Response(JSON.stringify({ data, next_cursor, cursor: `c${at}`, ...counts })));
  }

  fail(): void {
    this.requests.shift()?.reject(new TypeError('no network'));
  }

  reset(): void {
    this.listener?.({ kind: 'reset', reason: 'gap' });
  }

  list(filter: OrdersFilter, at = this.events.length): OrderSummary[] {
    const { status = [], customer, from, to, q, sort = '-placed_at' } = filter;
    const words = split(q ?? '');
    return [...(this.states[at] ?? this.now).values()]
      .filter(({ summary }) => status.length === 0 || status.includes(summary.status))
      .filter(({ summary }) => !customer || summary.customer_id === customer)
      .filter(({ summary }) => (!from || summary.placed_at >= from) && (!to || summary.placed_at < to))
      .filter((row) => words.every((word) => wordsOf(row).some((other) => other.startsWith(word))))
      .map(({ summary }) => summary)
      .sort(bruteCompare(sort));
  }

  counts(customer: string | null, at = this.events.length): Record<Status, number> {
    const all = [...(this.states[at] ?? this.now).values()].filter(({ summary }) => !customer || summary.customer_id === customer);
    return Object.fromEntries(STATUSES.map((status) => [status, all.filter(({ summary }) => summary.status === status).length])) as Record<Status, number>;
  }

  private append(row: Row, event: OrderEvent): void {
    const position = this.events.length + 1;
    const { order_id, order_number, customer_id } = row.summary;
    const version = row.summary.version + 1;
    const recorded_at = microseconds(position);
    const order = { ...row.summary, version, updated_at: recorded_at };
    this.states.push(new Map(this.now).set(order_id, { ...row, summary: order }));
    this.events.push({ event: { ...event, order_id, order_number, customer_id, version, recorded_at, cursor: `c${position}` }, order });
  }
}

export function microseconds(n: number): string {
  return `2026-01-01T00:00:${String(Math.floor(n / 1000)).padStart(2, '0')}.${String(n % 1000).padStart(3, '0')}000Z`;
}

function filterOf(query: URLSearchParams): OrdersFilter {
  const { status, ...rest } = Object.fromEntries(query) as Record<string, string>;
  return { ...rest, ...(status && { status: status.split(',') as Status[] }) };
}

/** What a page cursor is bound to. */
function identity(query: URLSearchParams): string {
  return JSON.stringify(['status', 'customer', 'from', 'to', 'q', 'sort'].map((name) => query.get(name)));
}

function bruteCompare(sort: string): (a: OrderSummary, b: OrderSummary) => number {
  const key = sort.replace('-', '') as 'placed_at';
  return (a, b) => {
    const order = a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.order_id < b.order_id ? -1 : a.order_id > b.order_id ? 1 : 0;
    return sort.startsWith('-') ? -order : order;
  };
}

function split(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
}

function wordsOf({ summary, email, sku }: Row): string[] {
  const { order_number, customer_id, reference = '', recipient = '', titles } = summary;
  return split([order_number, customer_id, reference, recipient, ...titles, email, sku].join(' '));
}

function detailsOf({ summary, email, sku }: Row) {
  const item = { line_id: '1', sku, title: summary.titles[0] ?? '', quantity: 1, unit_price: summary.total };
  return {
    pricing: { currency: 'EUR', items: [item], discount: 0, shipping: 0, tax: 0, tax_included: true, total: summary.total },
    shipping_address: { name: summary.recipient ?? 'X', line1: '', postal_code: '8001', city: '', country: 'GB', ...(email && { email }) },
  };
}
