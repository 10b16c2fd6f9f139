import type { OrderSummary } from '@waybill/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { SELECTED_MAX, type Selection } from './selection.ts';

interface List {
  readonly orders: readonly OrderSummary[];
  readonly hasMore: boolean;
  readonly error: string | null;
  readonly indexOf: (id: string) => number;
  readonly loadMore: () => Promise<void>;
}

interface Ticking {
  /** Ticks or unticks a row; with a range, ticks all from the one that was last ticked. Stays the same callback. */
  onTick: (index: number, range: boolean) => void;
  /** Ticks all that match, reading on for as many as may be ticked; null while it does. */
  onTickAll: (() => void) | null;
}

/** How long to leave a page that is being read already. */
const PAGE_MS = 50;

export function useTicking(list: List, selection: Selection): Ticking {
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });
  const last = useRef('');
  const [reading, setReading] = useState(false);
  const onTick = useCallback((index: number, range: boolean) => {
    const { orders, indexOf } = latest.current;
    const order = orders[index];
    if (!order) return;
    const from = range && last.current !== '' ? indexOf(last.current) : -1;
    last.current = order.order_id;
    if (from >= 0) selection.tick(orders.slice(Math.min(from, index), Math.max(from, index) + 1));
    else if (selection.get().has(order.order_id)) selection.untick([order.order_id]);
    else selection.tick([order]);
  }, [selection]);
  const tickAll = async () => {
    setReading(true);
    // Another list, by another filter, has another `loadMore`: then this is no longer what was wanted.
    const { loadMore } = latest.current;
    while (latest.current.loadMore === loadMore && latest.current.hasMore && latest.current.orders.length < SELECTED_MAX && latest.current.error === null) {
      await loadMore();
      await new Promise((resolve) => setTimeout(resolve, PAGE_MS));
    }
    if (latest.current.loadMore === loadMore) selection.tick(latest.current.orders.slice(0, SELECTED_MAX));
    setReading(false);
  };
  return { onTick, onTickAll: reading ? null : () => void tickAll() };
}
