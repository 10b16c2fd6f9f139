/** Which orders are ticked, as they were when somebody ticked them, and as they are now. */
import type { Client, OrderSummary, SubscriptionHandle } from '@waybill/client';
import { useWaybill } from '@waybill/client/react';
import { useSyncExternalStore } from 'react';

/** Ticked at a time at most. */
export const SELECTED_MAX = 1_000;

export interface Ticked {
  /** As it was on the page when it was ticked: its version is what a command expects. */
  readonly seen: OrderSummary;
  /** The same, or what became of it since. */
  readonly now: OrderSummary;
}

export type Ticks = ReadonlyMap<string, Ticked>;

/**
 * Lives on whatever the list shows, and while somebody looks at an order by itself. Follows the orders as long as there
 * are any.
 */
export class Selection {
  private ticks: Ticks = new Map();
  private readonly listeners = new Set<() => void>();
  private readonly client: Client;
  private handle: SubscriptionHandle | undefined;

  constructor(client: Client) {
    this.client = client;
  }

  readonly get = (): Ticks => this.ticks;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Ticks orders, as many as may be. */
  readonly tick = (orders: readonly OrderSummary[]): void => {
    const next = new Map(this.ticks);
    for (const order of orders) {
      if (next.size >= SELECTED_MAX) break;
      if (!next.has(order.order_id)) next.set(order.order_id, { seen: order, now: order });
    }
    this.set(next);
  };

  readonly untick = (ids: Iterable<string>): void => {
    const next = new Map(this.ticks);
    for (const id of ids) next.delete(id);
    this.set(next);
  };

  readonly clear = (): void => this.set(new Map());

  /** Takes ticked orders for seen as they are now. */
  readonly look = (): void => {
    this.set(new Map([...this.ticks].map(([id, { now }]) => [id, { seen: now, now }])));
  };

  private set(ticks: Ticks): void {
    this.ticks = ticks;
    if (ticks.size === 0) {
      this.handle?.close();
      this.handle = undefined;
    } else if (!this.handle) this.follow();
    for (const listener of this.listeners) listener();
  }

  private follow(): void {
    this.handle = this.client.subscribe({ topic: 'orders', after: 'now', include: 'order' }, (delivery) => {
      if (delivery.kind === 'event' && delivery.order) this.changed(delivery.order);
      if (delivery.kind === 'reset') {
        this.handle?.close();
        this.follow();
      }
    });
  }

  private changed(order: OrderSummary): void {
    const known = this.ticks.get(order.order_id);
    if (known && known.now.version < order.version) this.set(new Map(this.ticks).set(order.order_id, { ...known, now: order }));
  }
}

const selections = new WeakMap<Client, Selection>();

export function useSelection(): { ticks: Ticks; selection: Selection } {
  const client = useWaybill();
  let selection = selections.get(client);
  if (!selection) {
    selection = new Selection(client);
    selections.set(client, selection);
  }
  return { ticks: useSyncExternalStore(selection.subscribe, selection.get), selection };
}
