import type { Parked } from '@waybill/client';
import { messageOf, useWaybill } from '@waybill/client/react';
import { useEffect, useRef, useState } from 'react';
import { redrive } from './admin.ts';
import { inWords } from './figures.ts';

/** What became of the orders that were tried again last. */
export interface Said {
  readonly followed: number;
  readonly still: number;
  /** Why it was not gone on with. */
  readonly failed: string | null;
  /** In words, where it was one order. */
  readonly only: string | null;
  readonly onlyStill: string | null;
}

export interface Redrive {
  readonly working: boolean;
  /** Those that are being tried. */
  readonly busy: ReadonlySet<string>;
  readonly done: number;
  readonly total: number;
  readonly said: Said | null;
  readonly run: (orders: readonly Parked[]) => Promise<void>;
}

export function nameOf({ projection, order_id }: Parked): string {
  return `${projection}:${order_id}`;
}

/** Tries parked orders again, one after the other; stops at the first that the server cannot be asked about. */
export function useRedrive(onDone: () => void): Redrive {
  const client = useWaybill();
  const [state, setState] = useState<Omit<Redrive, 'run'>>({ working: false, busy: new Set(), done: 0, total: 0, said: null });
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => void (gone.current = true);
  }, []);

  async function run(orders: readonly Parked[]): Promise<void> {
    let [followed, still] = [0, 0];
    let failed: string | null = null;
    let reason: string | null = null;
    const busy = new Set(orders.map(nameOf));
    setState({ working: true, busy, done: 0, total: orders.length, said: null });
    for (const order of orders) {
      // Whoever has left the page does not see what becomes of the rest.
      if (gone.current) return;
      try {
        reason = await redrive(client, order);
        if (reason === null) followed += 1;
        else still += 1;
      } catch (error) {
        failed = messageOf(error);
        break;
      }
      busy.delete(nameOf(order));
      setState((before) => ({ ...before, busy: new Set(busy), done: followed + still }));
    }
    const one = orders.length === 1 ? orders[0] : undefined;
    const name = one === undefined ? '' : (one.order_number ?? one.order_id);
    const only = one !== undefined ? `${name} is followed again in the ${inWords(one.projection).toLowerCase()}.` : null;
    const onlyStill = one !== undefined && reason !== null ? `${name} is still parked: ${reason}` : null;
    setState((before) => ({ ...before, working: false, busy: new Set(), said: { followed, still, failed, only, onlyStill } }));
    onDone();
  }
  return { ...state, run };
}
