import type { OrderSummary } from '@waybill/client';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';

export interface ActiveRow {
  /** The one row that Tab leads to; -1 if there is none. */
  readonly index: number;
  readonly set: (order: OrderSummary) => void;
  /** Makes a row active, and gives it the focus as soon as it is in the page. */
  readonly focus: (order: OrderSummary, rows: RefObject<HTMLElement | null>) => void;
}

/** Which row the keyboard is at. It follows its order, wherever that moves; when the order goes, its place stays. */
export function useActiveRow(orders: readonly OrderSummary[], indexOf: (id: string) => number): ActiveRow {
  const [active, setActive] = useState({ id: '', index: 0 });
  const wanted = useRef<RefObject<HTMLElement | null> | null>(null);
  const found = active.id === '' ? -1 : indexOf(active.id);
  const index = Math.min(found < 0 ? active.index : found, orders.length - 1);
  useEffect(() => {
    const row = wanted.current?.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  return useMemo(() => {
    const set = ({ order_id: id }: OrderSummary) => setActive({ id, index: indexOf(id) });
    return {
      index,
      set,
      focus: (order, rows) => {
        wanted.current = rows;
        set(order);
      },
    };
  }, [index, indexOf]);
}
