/** Which orders are ticked, as they were when somebody ticked them, and as they are now. */
import type { OrderSummary } from '@waybill/client';
import { useOrderEvents } from '@waybill/client/react';
import { useMemo, useState } from 'react';

/** Ticked at a time at most: ten requests. */
export const SELECTED_MAX = 1_000;

export interface Ticked {
  /** What was on the page when it was ticked: its version is what a command expects. */
  readonly seen: OrderSummary;
  /** The same, or what became of it since. */
  readonly now: OrderSummary;
}

export type Ticks = ReadonlyMap<string, Ticked>;

export interface Selection {
  readonly ticks: Ticks;
  /** Ticks orders, as many as may be; says whether all could be. */
  readonly tick: (orders: readonly OrderSummary[]) => void;
  readonly untick: (ids: Iterable<string>) => void;
  readonly clear: () => void;
}

/** Lives on whatever the list shows: an order that leaves it stays ticked. */
export function useSelection(topic: string): Selection {
  const [ticks, setTicks] = useState<Ticks>(new Map());
  useOrderEvents(topic, (delivery) => {
    if (delivery.kind !== 'event' || !delivery.order || !ticks.has(delivery.order.order_id)) return;
    const { order } = delivery;
    setTicks((before) => followed(before, order));
  });
  return useMemo(() => ({
    ticks,
    tick: (orders) => setTicks((before) => ticked(before, orders)),
    untick: (ids) => setTicks((before) => unticked(before, ids)),
    clear: () => setTicks(new Map()),
  }), [ticks]);
}

export function ticked(ticks: Ticks, orders: readonly OrderSummary[]): Ticks {
  const next = new Map(ticks);
  for (const order of orders) {
    if (next.size >= SELECTED_MAX) break;
    if (!next.has(order.order_id)) next.set(order.order_id, { seen: order, now: order });
  }
  return next;
}

export function unticked(ticks: Ticks, ids: Iterable<string>): Ticks {
  const next = new Map(ticks);
  for (const id of ids) next.delete(id);
  return next;
}

/** After something has happened to an order that is ticked. */
export function followed(ticks: Ticks, order: OrderSummary): Ticks {
  const known = ticks.get(order.order_id);
  if (!known || known.now.version >= order.version) return ticks;
  return new Map(ticks).set(order.order_id, { ...known, now: order });
}
