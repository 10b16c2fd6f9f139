/** Earlier versions of an order. They never change, so each is asked for once. */
import type { Client, OrderView } from '@waybill/client';
import { messageOf, requestJson, useWaybill } from '@waybill/client/react';
import { useEffect, useState } from 'react';

/** Versions kept of all orders together; the one that was asked for first gives way. */
const KEPT = 200;
/** While somebody slides by, nothing is asked for. */
const SETTLE_MS = 90;

const byClient = new WeakMap<Client, Map<string, Promise<OrderView>>>();

function load(client: Client, id: string, version: number): Promise<OrderView> {
  const cache = byClient.get(client) ?? new Map<string, Promise<OrderView>>();
  byClient.set(client, cache);
  const key = `${id} ${version}`;
  const known = cache.get(key);
  if (known) return known;
  const asked = requestJson<OrderView>(client, `/v1/orders/${id}?at_version=${version}`);
  cache.set(key, asked);
  asked.catch(() => cache.delete(key));
  const [oldest] = cache.keys();
  if (cache.size > KEPT && oldest !== undefined) cache.delete(oldest);
  return asked;
}

export interface PastVersion {
  readonly order: OrderView;
  /** The version before it; null for the first. */
  readonly before: OrderView | null;
}

export interface PastState {
  /** The one that was asked for, or, while it is fetched, the one before. */
  readonly past: PastVersion | null;
  readonly error: string | null;
}

/** The order at a version, with the one before it; null asks for none. Fetches the neighbours ahead. */
export function usePastVersion(id: string, version: number | null, latest: number): PastState {
  const client = useWaybill();
  const [state, setState] = useState<PastState>({ past: null, error: null });
  if (version === null && state.past) setState({ past: null, error: null });
  useEffect(() => {
    if (version === null) return;
    let over = false;
    const get = (wanted: number) => load(client, id, wanted);
    async function show(wanted: number): Promise<void> {
      try {
        const [order, before] = await Promise.all([get(wanted), wanted > 1 ? get(wanted - 1) : null]);
        if (over) return;
        setState({ past: { order, before }, error: null });
        for (const next of [wanted + 1, wanted - 2]) if (next >= 1 && next <= latest) get(next).catch(() => undefined);
      } catch (error) {
        if (!over) setState((known) => ({ ...known, error: messageOf(error) }));
      }
    }
    const timer = setTimeout(() => void show(version), SETTLE_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [client, id, version, latest]);
  return state;
}
