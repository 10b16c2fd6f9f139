import type { OrderSummary } from '@waybill/client';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { rememberPlace } from '../../board-place.ts';

interface Place {
  orders: readonly OrderSummary[];
  indexOf: (id: string) => number;
  /** From the document's top to the first row, in pixels. */
  top: number;
  /** What lies over the list's upper end. */
  header: number;
  rowHeight: number;
}

/** Rows that are looked at to see how far the list has moved. */
const LOOKED_AT = 12;

/**
 * Keeps what somebody reads where it is when rows come and go above it; only at the very top the new ones are shown as
 * they come. `above`: how many have come that nobody has scrolled up to.
 */
export function useKeptPlace({ orders, indexOf, top, header, rowHeight }: Place): { above: number; toTop: () => void } {
  const [above, setAbove] = useState(0);
  const before = useRef({ orders, indexOf });
  useLayoutEffect(() => {
    const { orders: old, indexOf: sameList } = before.current;
    before.current = { orders, indexOf };
    if (old === orders || sameList !== indexOf) return;
    const first = Math.floor((window.scrollY + header - top) / rowHeight);
    if (first < 1) return;
    const moved = commonest(old.slice(first, first + LOOKED_AT).flatMap((order, i) => {
      const index = indexOf(order.order_id);
      return index < 0 ? [] : [index - first - i];
    }));
    if (moved === 0) return;
    window.scrollBy({ top: moved * rowHeight, behavior: 'instant' });
    if (moved > 0) setAbove((known) => known + moved);
  }, [orders, indexOf, top, header, rowHeight]);

  useEffect(() => {
    const onScroll = () => {
      rememberPlace({ y: window.scrollY });
      if (window.scrollY + header < top + rowHeight) setAbove(0);
    };
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, [top, header, rowHeight]);
  const toTop = useCallback(() => {
    setAbove(0);
    window.scrollTo({ top: 0, behavior: 'instant' });
  }, []);
  return { above, toTop };
}

/** By how much most rows have moved: one that has itself changed its place says nothing. */
function commonest(moves: readonly number[]): number {
  const times = new Map<number, number>();
  for (const move of moves) times.set(move, (times.get(move) ?? 0) + 1);
  return [...times].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0];
}
