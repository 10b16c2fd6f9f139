/** One order, live: its state, and everything that ever happened to it. */
import type { Client, SubscriptionHandle } from '../client.ts';
import type { Delivery } from '../state.ts';
import type { Cursor, OrderEvent, OrderEventPage, OrderSummary, OrderView } from '../wire.ts';
import { messageOf, requestJson } from './request.ts';
import { Store } from './store.ts';

/** Pages of history that are read without being asked for, 100 events each. */
const PAGES = 10;
const RETRY_MS = 3_000;

export interface OrderState {
  readonly order: OrderView | null;
  /**
   * Whether `order` came from the server whole. False for the moment after an event, when status, version and tracking
   * are known already and the rest is asked for.
   */
  readonly settled: boolean;
  /** Oldest first. Of a very long history some are missing in the middle as long as `hasMoreEvents`. */
  readonly events: readonly OrderEvent[];
  readonly hasMoreEvents: boolean;
  readonly loading: boolean;
  readonly error: string | null;
}

export class OrderStore extends Store<OrderState> {
  private readonly path: string;
  private readonly topic: string;
  private subscription: SubscriptionHandle | undefined;
  private refreshing = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private stale: Cursor | null = null;
  /** Where the history goes on. */
  private nextPage: string | null = null;
  /** The history could not be read to where it should have been. */
  private broken = false;
  /** Names the current read of the history, so that an older one ends. */
  private reading = 0;

  constructor(client: Client, id: string) {
    super(client, { order: null, settled: false, events: [], hasMoreEvents: false, loading: true, error: null });
    this.path = `/v1/orders/${encodeURIComponent(id)}`;
    this.topic = `order:${id}`;
  }

  protected override open(): void {
    this.subscription = this.client.subscribe({ topic: this.topic, include: 'order' }, (d) => this.onDelivery(d));
  }

  protected override close(): void {
    this.reading += 1;
    clearTimeout(this.retry);
    this.subscription?.close();
    this.subscription = undefined;
  }

  /** Shows what a command has answered, unless something newer is known. */
  readonly put = (order: OrderView): void => {
    const known = this.get().order;
    if (!known || known.version <= order.version) this.set({ order, settled: true, loading: false, error: null });
  };

  /** Reads on in a history that is longer than what was read by itself. */
  readonly loadMoreEvents = (): Promise<void> => this.readEvents(this.nextPage);

  private onDelivery(delivery: Delivery): void {
    switch (delivery.kind) {
      case 'snapshot':
        if (delivery.snapshot.order) this.put(delivery.snapshot.order);
        if (!delivery.snapshot.order?.allowed_actions) this.refresh(delivery.snapshot.cursor);
        void this.readEvents(null);
        break;
      case 'event': {
        this.addEvents([delivery.event]);
        if (delivery.order) this.patch(delivery.order);
        // What a command has answered is whole already.
        const { order, settled } = this.get();
        if (!settled || !order || order.version < delivery.event.version) this.refresh(delivery.event.cursor);
        break;
      }
      case 'live':
        if (this.broken) void this.readEvents(this.nextPage);
        break;
      case 'reset':
        this.reading += 1;
        this.set({ order: null, settled: false, events: [], hasMoreEvents: false, loading: true });
        break;
      case 'error':
        this.set({ loading: false, error: delivery.detail });
    }
  }

  /** What the event's summary says, at once; the rest follows with `refresh`. */
  private patch(summary: OrderSummary): void {
    const { order } = this.get();
    if (!order || order.version >= summary.version) return;
    const { status, version, updated_at, tracking, estimated_delivery } = summary;
    // What may be done is likely to stay unless the status changes, and buttons should not come and go for nothing.
    const allowed_actions = status === order.status ? (order.allowed_actions ?? []) : [];
    this.set({
      settled: false,
      order: {
        ...order, status, version, updated_at, allowed_actions,
        ...(tracking && { tracking }), ...(estimated_delivery && { estimated_delivery }),
      },
    });
  }

  /** What one may do with the order only the server can say. One request at a time; the last event decides. */
  private refresh(cursor: Cursor): void {
    this.stale = cursor;
    if (this.refreshing) return;
    this.refreshing = true;
    clearTimeout(this.retry);
    void (async () => {
      try {
        while (this.stale !== null) {
          const min = this.stale;
          this.stale = null;
          this.put(await requestJson<OrderView>(this.client, `${this.path}?min_position=${encodeURIComponent(min)}`));
        }
      } catch (error) {
        this.set({ error: messageOf(error) });
        if (this.subscription) this.retry = setTimeout(() => this.refresh(this.stale ?? cursor), RETRY_MS);
      } finally {
        this.refreshing = false;
      }
    })();
  }

  /** Reads the history from a page on (null: from the beginning), as far as is done without being asked again. */
  private async readEvents(from: string | null): Promise<void> {
    const reading = ++this.reading;
    let next = from;
    const wasBroken = this.broken;
    this.broken = false;
    try {
      for (let page = 0; page < PAGES; page += 1) {
        const query = new URLSearchParams({ limit: '100', ...(next !== null && { page_cursor: next }) });
        const { data, next_cursor } = await requestJson<OrderEventPage>(this.client, `${this.path}/events?${query.toString()}`);
        if (reading !== this.reading) return;
        next = next_cursor;
        this.addEvents(data);
        if (next === null) break;
      }
      if (wasBroken) this.set({ error: null });
    } catch (error) {
      if (reading !== this.reading) return;
      this.broken = true;
      this.set({ error: messageOf(error) });
    }
    this.nextPage = next;
    this.set({ hasMoreEvents: next !== null });
  }

  private addEvents(more: OrderEvent[]): void {
    const byVersion = new Map([...this.get().events, ...more].map((event) => [event.version, event]));
    this.set({ events: [...byVersion.values()].sort((a, b) => a.version - b.version) });
  }
}
