/** The bulk command that is under way or was given last, wherever on the page somebody is. */
import type { Client, OrderSummary } from '@waybill/client';
import { useWaybill } from '@waybill/client/react';
import { useEffect, useSyncExternalStore } from 'react';
import { type BulkCommand, BulkRun, type BulkState } from './bulk-run.ts';

const runs = new WeakMap<Client, BulkRun>();
const listeners = new Set<() => void>();

function put(client: Client, run: BulkRun | null): void {
  if (run) runs.set(client, run);
  else runs.delete(client);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export interface Bulk {
  readonly run: BulkRun | null;
  readonly state: BulkState | null;
  /** Begins; one at a time. */
  readonly start: (command: BulkCommand, orders: readonly OrderSummary[]) => Promise<BulkRun>;
  readonly dismiss: () => void;
}

const nothing = () => () => undefined;

export function useBulk(): Bulk {
  const client = useWaybill();
  const run = useSyncExternalStore(subscribe, () => runs.get(client) ?? null);
  const state = useSyncExternalStore(run?.subscribe ?? nothing, () => run?.get() ?? null);
  useStayWhile(state !== null && state.phase !== 'over');
  return {
    run,
    state,
    start: async (command, orders) => {
      const next = new BulkRun(client, command, orders);
      put(client, next);
      await next.run();
      return next;
    },
    dismiss: () => put(client, null),
  };
}

/** Has the browser ask before the page is closed. */
function useStayWhile(busy: boolean): void {
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}
