import type { OrderSummary } from '@waybill/client';
import { useCallback, useEffect, useRef } from 'react';
import type { Selection } from './selection.ts';

/** Ticks and unticks rows; with a range, all from the one that was last ticked. The callback stays the same. */
export function useTicking(orders: readonly OrderSummary[], selection: Selection, indexOf: (id: string) => number): (index: number, range: boolean) => void {
  const latest = useRef({ orders, selection, indexOf });
  useEffect(() => {
    latest.current = { orders, selection, indexOf };
  });
  const last = useRef('');
  return useCallback((index, range) => {
    const { orders, selection, indexOf } = latest.current;
    const order = orders[index];
    if (!order) return;
    const from = range && last.current !== '' ? indexOf(last.current) : -1;
    last.current = order.order_id;
    if (from >= 0) selection.tick(orders.slice(Math.min(from, index), Math.max(from, index) + 1));
    else if (selection.ticks.has(order.order_id)) selection.untick([order.order_id]);
    else selection.tick([order]);
  }, []);
}
