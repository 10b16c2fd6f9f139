/**
 * A live list: one read of the server's list, then every event after the cursor that the read
 * reflects. So rows and counts are exact without the list ever being read again.
 *
 * Pages are read on demand. What lies beyond the last one is not known and not shown; see `OrderList`.
 */
import type { Client, SubscriptionHandle } from '../client.ts';
import type { Delivery } from '../state.ts';
import type { Persistence } from '../persist.ts';
import type { Counts, Cursor, OrderEvent, OrderPage, OrderSummary } from '../wire.ts';
import { changesWords, compareBy, hasWords, isWanted, type OrdersFilter, question, statusesOf } from './order-filter.ts';
import { applyToCounts, emptyCounts, OrderList, transition } from './order-list.ts';
import { messageOf, requestJson } from './request.ts';
import { Store } from './store.ts';

/** Rows of the first page, which is to be there soon, and of those that follow, which are to be few. */
const FIRST = 50;
const PAGE = 100;
/** Rows kept beyond those that somebody asked to see, so that a page left open does not grow for ever. */
const SPARE = 500;
/** Rows that are kept over a reload. */
const KEPT = 100;
const RETRY_MS = 5_000;
const FRESH_MS = 2_500;
/** How long to gather orders before the server is asked whether they have the words that are searched for. */
const DOUBT_MS = 250;
/** Pages that this may take; beyond that the list is read anew. */
const DOUBT_PAGES = 10;

export interface OrdersState {
  readonly orders: readonly OrderSummary[];
  /** By status, of the whole shop, or of the customer that the filter names; null before the first answer. */
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

/** Where a page ended, and where the next one begins. */
interface Mark {
  readonly end: OrderSummary;
  readonly next: string;
}

function isKeptList(value: unknown): value is KeptList {
  const { orders, hasMore, counts } = (value ?? {}) as Partial<KeptList>;
  const good = Array.isArray(orders) && orders.every((order: Partial<OrderSummary> | null) =>
    typeof order?.order_id === 'string' && typeof order.version === 'number' && typeof order.total === 'number' &&
    typeof order.placed_at === 'string' && typeof order.updated_at === 'string');
  return good && typeof hasMore === 'boolean' && typeof counts === 'object';
}

export class OrdersStore extends Store<OrdersState> {
  private readonly filter: OrdersFilter;
  private readonly topic: string;
  private readonly words: string[];
  private readonly name: string;
  private readonly persistence: Persistence | null;
  private subscription: SubscriptionHandle | undefined;
  private list: OrderList;
  /** Of the pages whose rows are all there; none where the rows were kept over a reload. */
  private marks: Mark[] = [];
  private asked = FIRST;
  /** What happens while a page is on its way, which it may or may not reflect. */
  private meanwhile: [OrderEvent, OrderSummary][] | null = null;
  /** Orders of which only the server knows whether they have the words. */
  private readonly doubts = new Map<string, OrderSummary>();
  private settling = false;
  /** Until when an order is fresh. */
  private readonly freshUntil = new Map<string, number>();
  private readonly timers: Partial<Record<'retry' | 'fade' | 'doubt', ReturnType<typeof setTimeout>>> = {};
  /** Names the current read, so that the answer to an older one is ignored. */
  private reading = 0;

  constructor(client: Client, topic: string, filter: OrdersFilter, persistence: Persistence | null = null) {
    super(client, { orders: [], counts: null, loading: true, hasMore: false, loadingMore: false, error: null, fresh: new Set() });
    this.topic = topic;
    this.filter = filter;
    this.words = question(filter.q);
    this.name = JSON.stringify([topic, filter]);
    this.persistence = persistence;
    this.list = new OrderList(compareBy(filter.sort));
  }

  /** Where in `orders` an order stands; -1 if it is not among them. Quick, however long the list is. */
  readonly indexOf = (id: string): number => {
    const row = this.list.get(id);
    return row ? this.list.indexOf(row) : -1;
  };

  protected override open(): void {
    if (!this.restore()) void this.read();
  }

  protected override close(): void {
    this.reading += 1;
    this.meanwhile = null;
    this.subscription?.close();
    this.subscription = undefined;
    this.doubts.clear();
    this.settling = false;
    this.freshUntil.clear();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
  }

  private async read(): Promise<void> {
    this.close();
    const reading = this.reading;
    try {
      const page = await this.page({ limit: String(FIRST), counts: 'true' });
      if (reading !== this.reading) return;
      this.list = new OrderList(compareBy(this.filter.sort));
      this.marks = [];
      this.take(page);
      this.show({ counts: page.counts ?? emptyCounts(), loading: false, loadingMore: false, error: null, fresh: new Set() });
      this.follow(page.cursor);
    } catch (error) {
      if (reading !== this.reading) return;
      this.set({ loading: false, loadingMore: false, error: messageOf(error) });
      this.later('retry', () => void this.read(), RETRY_MS);
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
    this.list = new OrderList(compareBy(this.filter.sort));
    this.marks = [];
    this.list.append(state.orders, !state.hasMore);
    this.show({ counts: state.counts, loading: false, error: null });
    this.follow(kept.cursor);
    return true;
  }

  private keep(): void {
    this.persistence?.save(this.name, () => {
      const { orders, counts, hasMore } = this.get();
      const cursor = this.subscription?.cursor;
      if (!cursor || this.doubts.size > 0) return null;
      return { cursor, state: { orders: orders.slice(0, KEPT), counts, hasMore: hasMore || orders.length > KEPT } satisfies KeptList };
    });
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
    const { event, order, live } = delivery;
    const { rows } = this.list;
    this.meanwhile?.push([event, order]);
    this.apply(event, order);
    const { counts, fresh } = this.get();
    const counted = counts && (!this.filter.customer || event.customer_id === this.filter.customer);
    const shown = rows !== this.list.rows && this.list.get(order.order_id) !== undefined;
    this.show({
      ...(counted && { counts: applyToCounts(counts, event) }),
      ...(live && shown && { fresh: this.refresh(fresh, order.order_id) }),
    });
    if (this.list.rows.length > this.asked + SPARE) this.trim();
  }

  /** What an event makes of the rows. */
  private apply(event: OrderEvent, order: OrderSummary): void {
    const known = this.list.get(order.order_id);
    if (known && known.version >= order.version) return;
    const wanted = isWanted(order, this.filter) && this.isFound(event, order);
    if (wanted === null) this.doubt(order);
    else this.doubts.delete(order.order_id);
    if (wanted === false) this.list.remove(order.order_id);
    // What was found stays until the server says that it no longer is.
    else if (wanted === true || known) this.list.put(order);
  }

  /** Whether the server would find an order by its words; null where only it knows. */
  private isFound(event: OrderEvent, order: OrderSummary): boolean | null {
    if (this.words.length === 0) return true;
    const has = hasWords(this.words, order, event);
    if (has !== null) return has;
    if (this.doubts.has(order.order_id) || changesWords(event)) return null;
    // Its words are what they were. So if it is among the rows, it has them, and if it would have been, it has not.
    if (this.list.get(order.order_id)) return true;
    if (!this.list.covers(order)) return false;
    const from = transition(event)?.from;
    const stood = !this.filter.sort?.endsWith('updated_at') && (!from || isWanted({ ...order, status: from }, this.filter));
    return stood ? false : null;
  }

  private doubt(order: OrderSummary): void {
    const first = this.doubts.size === 0;
    this.doubts.set(order.order_id, order);
    if (first && !this.settling) this.later('doubt', () => void this.settle(), DOUBT_MS);
  }

  /**
   * Asks the server which of the orders in doubt have the words. They have all changed lately, so they are among those
   * that changed last, if they are found at all: one request for many.
   */
  private async settle(): Promise<void> {
    if (this.doubts.size === 0) return;
    const { reading } = this;
    const batch = [...this.doubts.values()];
    this.settling = true;
    const since = batch.reduce((oldest, { updated_at }) => (updated_at < oldest ? updated_at : oldest), batch[0]?.updated_at ?? '');
    const found = new Map<string, OrderSummary>();
    try {
      let next: string | null | undefined;
      for (let pages = 0; next !== null; pages++) {
        if (pages === DOUBT_PAGES) return void this.read();
        const page = await this.page({ limit: String(PAGE), ...(next && { page_cursor: next }), ...this.upToDate() }, '-updated_at');
        if (reading !== this.reading) return;
        for (const row of page.data) found.set(row.order_id, row);
        next = (page.data.at(-1)?.updated_at ?? '') < since ? null : page.next_cursor;
      }
    } catch {
      if (reading === this.reading) this.later('doubt', () => void this.settle(), RETRY_MS);
      return;
    } finally {
      if (reading === this.reading) this.settling = false;
    }
    for (const order of batch) {
      const { order_id: id } = order;
      // Something newer came in between: that is decided next.
      if (this.doubts.get(id) !== order) continue;
      this.doubts.delete(id);
      const row = found.get(id);
      if (row) this.list.put(row.version < order.version ? order : row);
      else this.list.remove(id);
    }
    this.show({});
    if (this.doubts.size > 0) this.later('doubt', () => void this.settle(), DOUBT_MS);
    this.keep();
  }

  private refresh(fresh: ReadonlySet<string>, id: string): ReadonlySet<string> {
    this.freshUntil.set(id, Date.now() + FRESH_MS);
    if (this.freshUntil.size === 1) this.later('fade', () => this.fade(), FRESH_MS);
    return new Set(fresh).add(id);
  }

  private fade(): void {
    const now = Date.now();
    for (const [id, until] of this.freshUntil) if (until <= now) this.freshUntil.delete(id);
    this.set({ fresh: new Set(this.freshUntil.keys()) });
    if (this.freshUntil.size > 0) this.later('fade', () => this.fade(), FRESH_MS / 5);
  }

  readonly loadMore = async (): Promise<void> => {
    if (!this.get().hasMore || this.meanwhile || !this.subscription) return;
    this.set({ loadingMore: true });
    try {
      // Rows that were kept over a reload end somewhere, but not where the server knows how to go on.
      if (this.marks.length === 0) await this.load(undefined);
      if (this.marks.length > 0) await this.load(this.marks.at(-1));
    } catch (error) {
      this.set({ error: messageOf(error) });
    } finally {
      this.set({ loadingMore: false });
    }
  };

  /** Reads the page after a mark, or the first one, in place of all that is there from there on. */
  private async load(from: Mark | undefined): Promise<void> {
    if (this.meanwhile || !this.subscription) return;
    const { reading } = this;
    this.meanwhile = [];
    try {
      const page = await this.page({ limit: String(PAGE), ...(from && { page_cursor: from.next }), ...this.upToDate() });
      if (reading !== this.reading) return;
      this.cut(from);
      this.take(page);
      for (const [event, order] of this.meanwhile) this.apply(event, order);
      this.show({ error: null });
    } finally {
      if (reading === this.reading) this.meanwhile = null;
    }
  }

  private cut(from: Mark | undefined): void {
    this.list.cut(from?.end ?? null);
    this.marks = from ? this.marks.slice(0, this.marks.indexOf(from) + 1) : [];
  }

  private take({ data, next_cursor }: OrderPage): void {
    const end = data.at(-1);
    this.list.append(data, next_cursor === null);
    if (end && next_cursor !== null) this.marks.push({ end, next: next_cursor });
    this.asked = Math.max(FIRST, this.list.rows.length);
  }

  /** Lets go of rows at the end that nobody asked for, down to where the server knows how to go on. */
  private trim(): void {
    const first = this.marks.findIndex((mark) => this.list.indexOf(mark.end) >= this.asked);
    const mark = this.marks[first];
    if (mark && mark.end !== this.list.end) {
      this.cut(mark);
      this.show({});
    } else if (!this.meanwhile) {
      const before = first < 0 ? this.marks.at(-1) : this.marks[first - 1];
      void this.load(before).catch(() => undefined);
    }
  }

  private later(name: 'retry' | 'fade' | 'doubt', what: () => void, ms: number): void {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(what, ms);
  }

  private show(change: Partial<OrdersState>): void {
    this.set({ ...change, orders: this.list.rows, hasMore: this.list.end !== null });
  }

  /** A page must not be older than what has been applied to the rows already. */
  private upToDate(): Record<string, string> {
    const cursor = this.subscription?.cursor;
    return cursor ? { min_position: cursor } : {};
  }

  private page(extra: Record<string, string>, sort = this.filter.sort): Promise<OrderPage> {
    const { customer, from, to, q } = this.filter;
    const asked = { status: statusesOf(this.filter).join(), customer, from, to, q, sort, ...extra };
    const query = new URLSearchParams(Object.entries(asked).filter((entry): entry is [string, string] => Boolean(entry[1])));
    return requestJson<OrderPage>(this.client, `/v1/orders?${query.toString()}`);
  }
}
