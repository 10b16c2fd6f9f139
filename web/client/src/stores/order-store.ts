/** One order, live: its state, and everything that ever happened to it. */
import type { Client, SubscriptionHandle } from '../client.ts';
import type { Delivery } from '../state.ts';
import type { Cursor, OrderEvent, OrderSummary, OrderView } from '../wire.ts';
import { messageOf, ProblemError, requestJson } from './request.ts';
import { Store } from './store.ts';

export interface OrderState {
  readonly order: OrderView | null;
  /** Oldest first. */
  readonly events: readonly OrderEvent[];
  readonly loading: boolean;
  readonly error: string | null;
}

export class OrderStore extends Store<OrderState> {
  private readonly path: string;
  private readonly topic: string;
  private subscription: SubscriptionHandle | undefined;
  private refreshing = false;
  private stale: Cursor | null = null;

  constructor(client: Client, id: string) {
    super(client, { order: null, events: [], loading: true, error: null });
    this.path = `/v1/orders/${encodeURIComponent(id)}`;
    this.topic = `order:${id}`;
  }

  protected override open(): void {
    this.subscription = this.client.subscribe({ topic: this.topic, include: 'order' }, (d) => this.onDelivery(d));
  }

  protected override close(): void {
    this.subscription?.close();
  }

  /** Shows what a command has answered, unless something newer is known. */
  readonly put = (order: OrderView): void => {
    const known = this.get().order;
    if (!known || known.version <= order.version) this.set({ order, loading: false, error: null });
  };

  private onDelivery(delivery: Delivery): void {
    switch (delivery.kind) {
      case 'snapshot':
        if (delivery.snapshot.order) this.set({ order: delivery.snapshot.order, loading: false, error: null });
        if (!delivery.snapshot.order?.allowed_actions) this.refresh(delivery.snapshot.cursor);
        void this.loadTimeline();
        break;
      case 'event':
        this.addEvents([delivery.event]);
        if (delivery.order) this.patch(delivery.order);
        this.refresh(delivery.event.cursor);
        break;
      case 'reset':
        this.set({ order: null, events: [], loading: true });
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
    this.set({
      order: {
        ...order, status, version, updated_at, allowed_actions: [],
        ...(tracking && { tracking }), ...(estimated_delivery && { estimated_delivery }),
      },
    });
  }

  /** What one may do with the order only the server can say. One request at a time; the last event decides. */
  private refresh(cursor: Cursor): void {
    this.stale = cursor;
    if (this.refreshing) return;
    this.refreshing = true;
    void (async () => {
      try {
        while (this.stale !== null) {
          const min = this.stale;
          this.stale = null;
          this.put(await requestJson<OrderView>(this.client, `${this.path}?min_position=${encodeURIComponent(min)}`));
        }
      } catch (error) {
        this.set({ error: messageOf(error) });
      } finally {
        this.refreshing = false;
      }
    })();
  }

  private async loadTimeline(): Promise<void> {
    try {
      const page = await requestJson<{ data: OrderEvent[] }>(this.client, `${this.path}/events?limit=100`);
      this.addEvents(page.data);
    } catch (error) {
      // Guests may follow an order, not read its events.
      if (error instanceof ProblemError && error.problem.status === 403) return;
      this.set({ error: messageOf(error) });
    }
  }

  private addEvents(more: OrderEvent[]): void {
    const byVersion = new Map([...this.get().events, ...more].map((event) => [event.version, event]));
    this.set({ events: [...byVersion.values()].sort((a, b) => a.version - b.version) });
  }
}
