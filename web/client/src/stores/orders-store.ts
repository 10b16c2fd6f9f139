/**
 * A live list: one read of the server's list, then every event after the cursor that the read
 * reflects. So rows and counts are exact without the list ever being read again.
 */
import type { Client, SubscriptionHandle } from '../client.ts';
import type { Delivery } from '../state.ts';
import type { Persistence } from '../persist.ts';
import type { Counts, Cursor, OrderPage, OrderSummary } from '../wire.ts';
import { applyToCounts, applyToRows, emptyCounts, mergeRows, type OrdersFilter } from './order-list.ts';
import { messageOf, requestJson } from './request.ts';
import { Store } from './store.ts';

const PAGE = 50;
/** Rows kept beyond those that somebody asked to see, so that a page left open does not grow for ever. */
const SPARE = 200;
/** Rows that are kept over a reload. */
const KEPT = 100;
const RETRY_MS = 5_000;
const FRESH_MS = 2_500;

export interface OrdersState {
  readonly orders: readonly OrderSummary[];
  /** Over all statuses, whichever one is shown; null before the first answer. */
  readonly counts: Counts | null;
  readonly loading: boolean;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly error: string | null;
  /** Orders that an event has just changed, for a short highlight. */
  readonly fresh: ReadonlySet<string>;
}

/** What of a list is kept over a reload. */
interface KeptList {
  orders: readonly OrderSummary[];
  counts: Counts | null;
  hasMore: boolean;
}

function isKeptList(value: unknown): value is KeptList {
  const { orders, hasMore, counts } = (value ?? {}) as Partial<KeptList>;
  const good = Array.isArray(orders) && orders.every((order: Partial<OrderSummary> | null) =>
    typeof order?.order_id === 'string' && typeof order.version === 'number' && typeof order.placed_at === 'string');
  return good && typeof hasMore === 'boolean' && typeof counts === 'object';
}

export class OrdersStore extends Store<OrdersState> {
  private readonly filter: OrdersFilter;
  private readonly topic: string;
  private subscription: SubscriptionHandle | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private nextPage: string | null = null;
  private asked = PAGE;
  private trimmed = false;
  /** What bounded the list that gave `nextPage`: a page cursor goes with the filters of its list. */
  private bound: { to?: string } = {};
  /** Names the current read, so that the answer to an older one is ignored. */
  private reading = 0;

  private readonly persistence: Persistence | null;

  constructor(client: Client, topic: string, filter: OrdersFilter, persistence: Persistence | null = null) {
    super(client, { orders: [], counts: null, loading: true, hasMore: false, loadingMore: false, error: null, fresh: new Set() });
    this.topic = topic;
    this.filter = filter;
    this.persistence = persistence;
  }

  protected override open(): void {
    if (!this.restore()) void this.read();
  }

  protected override close(): void {
    this.reading += 1;
    this.subscription?.close();
    clearTimeout(this.retry);
  }

  private async read(): Promise<void> {
    this.close();
    const reading = this.reading;
    try {
      const page = await requestJson<OrderPage>(this.client, this.path({ counts: 'true' }));
      if (reading !== this.reading) return;
      this.nextPage = page.next_cursor;
      this.bound = {};
      this.trimmed = false;
      this.set({
        orders: page.data, counts: page.counts ?? emptyCounts(), hasMore: page.next_cursor !== null, loading: false, error: null,
      });
      this.follow(page.cursor);
    } catch (error) {
      if (reading !== this.reading) return;
      this.set({ loading: false, error: messageOf(error) });
      this.retry = setTimeout(() => void this.read(), RETRY_MS);
    }
  }

  private follow(after: Cursor): void {
    this.subscription = this.client.subscribe(
      { topic: this.topic, after, include: 'order' }, (delivery) => this.onDelivery(delivery),
    );
    this.keep();
  }

  /** Goes on from what was kept when the page was left. */
  private restore(): boolean {
    const kept = this.persistence?.load(this.name);
    const state = kept?.state;
    if (!kept || !isKeptList(state)) return false;
    // What the server's page cursor went on from may be cut off.
    this.trimmed = state.hasMore;
    this.set({ ...state, loading: false, error: null });
    this.follow(kept.cursor);
    return true;
  }

  private keep(): void {
    this.persistence?.save(this.name, () => {
      const { orders, counts, hasMore } = this.get();
      const cursor = this.subscription?.cursor;
      if (!cursor) return null;
      return { cursor, state: { orders: orders.slice(0, KEPT), counts, hasMore: hasMore || orders.length > KEPT } satisfies KeptList };
    });
  }

  private get name(): string {
    return JSON.stringify([this.topic, this.filter.status, this.filter.q]);
  }

  private onDelivery(delivery: Delivery): void {
    if (delivery.kind === 'reset') {
      this.persistence?.drop(this.name);
      void this.read();
      return;
    }
    this.keep();
    if (delivery.kind === 'error') this.set({ error: delivery.detail });
    if (delivery.kind !== 'event' || !delivery.order) return;
    const { event, order } = delivery;
    const { orders, counts, hasMore } = this.get();
    const rows = applyToRows(orders, order, this.filter, hasMore);
    const keep = Math.max(this.asked, PAGE) + SPARE;
    if (rows.length > keep) this.trimmed = true;
    this.set({
      orders: rows.length > keep ? rows.slice(0, keep) : rows,
      counts: counts && applyToCounts(counts, event, order, this.filter),
      hasMore: hasMore || this.trimmed,
    });
    if (delivery.live && rows !== orders) this.highlight(order.order_id);
  }

  private highlight(id: string): void {
    this.set({ fresh: new Set(this.get().fresh).add(id) });
    setTimeout(() => {
      const fresh = new Set(this.get().fresh);
      fresh.delete(id);
      this.set({ fresh });
    }, FRESH_MS);
  }

  readonly loadMore = async (): Promise<void> => {
    const { hasMore, loadingMore, orders } = this.get();
    if (!hasMore || loadingMore) return;
    const reading = this.reading;
    this.set({ loadingMore: true });
    try {
      // Where rows were let go of, the server's page cursor no longer fits what is shown.
      const bound = this.trimmed ? { to: orders.at(-1)?.placed_at ?? '' } : this.bound;
      const from = this.trimmed ? bound : { ...bound, page_cursor: this.nextPage ?? '' };
      const page = await requestJson<OrderPage>(this.client, this.path(from));
      if (reading !== this.reading) return;
      this.bound = bound;
      this.nextPage = page.next_cursor;
      this.trimmed = false;
      const rows = mergeRows(this.get().orders, page.data);
      this.asked = rows.length;
      this.set({ orders: rows, hasMore: page.next_cursor !== null, error: null });
    } catch (error) {
      this.set({ error: messageOf(error) });
    } finally {
      this.set({ loadingMore: false });
    }
  };

  private path(extra: Record<string, string>): string {
    const query = new URLSearchParams({ limit: String(PAGE), ...extra });
    if (this.filter.status) query.set('status', this.filter.status);
    if (this.filter.q) query.set('q', this.filter.q);
    return `/v1/orders?${query.toString()}`;
  }
}
