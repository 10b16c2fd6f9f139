import { createContext, createElement, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';
import type { Client, SubscriptionHandle } from '../client.ts';
import type { Persistence } from '../persist.ts';
import type { ConnectionStatus, Delivery, Progress } from '../state.ts';
import type { OrdersFilter } from '../stores/order-filter.ts';
import { type OrdersState, OrdersStore } from '../stores/orders-store.ts';
import { type OrderState, OrderStore } from '../stores/order-store.ts';
import { shared } from '../stores/store.ts';

interface Provided {
  client: Client;
  persistence: Persistence | null;
}

const Context = createContext<Provided | null>(null);

export interface WaybillProviderProps {
  client: Client;
  /** Keeps lists over a reload; see `@waybill/client/persist`. Pass the same one as long as the client is the same. */
  persistence?: Persistence;
  children?: ReactNode;
}

/** Hands a client to the hooks below it. Starting and stopping it is the application's business. */
export function WaybillProvider({ client, persistence, children }: WaybillProviderProps) {
  const value = useMemo(() => ({ client, persistence: persistence ?? null }), [client, persistence]);
  return createElement(Context, { value }, children);
}

function useProvided(): Provided {
  const provided = useContext(Context);
  if (!provided) throw new Error('this needs a WaybillProvider above it');
  return provided;
}

/**
 * The client of the nearest `WaybillProvider`.
 *
 * @throws Error if there is none
 */
export function useWaybill(): Client {
  return useProvided().client;
}

export interface Connection extends ConnectionStatus {
  /** Milliseconds since 1970. Read when the connection changes; ask again while it does not. */
  readonly lastHeard: () => number | null;
  /** While catching up, how far that has come. Changes without a word, like `lastHeard`. */
  readonly progress: () => Progress | null;
}

/** How fresh everything is. */
export function useConnection(): Connection {
  const client = useWaybill();
  const read = () => client.status;
  const status = useSyncExternalStore(client.onStatus, read, read);
  return { ...status, lastHeard: () => client.lastHeard, progress: () => client.progress };
}

export interface UseOrdersOptions extends OrdersFilter {
  /** `orders` for those who may see all, else `customer:me`, which is the default. */
  topic?: string;
}

/**
 * The orders that match, as far as they have been read, live: 50, and 100 more with each `loadMore`. `indexOf` says
 * where an order stands among them, or -1. Components that ask for the same share it.
 */
export function useOrders({ topic = 'customer:me', status, customer, from, to, q, sort }: UseOrdersOptions = {}): OrdersState &
  Pick<OrdersStore, 'loadMore' | 'indexOf'> {
  const { client, persistence } = useProvided();
  const asked = Object.entries({ status, customer, from, to, q, sort }).filter(([, value]) => value);
  const key = JSON.stringify(['orders', topic, asked]);
  const store = shared(client, key, () => new OrdersStore(client, topic, Object.fromEntries(asked), persistence));
  const { loadMore, indexOf } = store;
  return { ...useSyncExternalStore(store.subscribe, store.get, store.get), loadMore, indexOf };
}

/**
 * One order by id, number or reference, with its history, live. `put` shows what a command has answered;
 * `loadMoreEvents` reads on in a history of more than a thousand events.
 */
export function useOrder(id: string): OrderState & Pick<OrderStore, 'put' | 'loadMoreEvents'> {
  const client = useWaybill();
  const store = shared(client, JSON.stringify(['order', id]), () => new OrderStore(client, id));
  return { ...useSyncExternalStore(store.subscribe, store.get, store.get), put: store.put, loadMoreEvents: store.loadMoreEvents };
}

/**
 * Calls back for what happens from now on: for notices, not for state. Events with `live` are news; of an absence there
 * are events without it, and then one `live` that says how many orders were `missed`.
 */
export function useOrderEvents(topic: string, listener: (delivery: Delivery) => void): void {
  const client = useWaybill();
  const onDelivery = useEffectEvent(listener);
  useEffect(() => {
    let handle: SubscriptionHandle;
    const follow = () => {
      handle = client.subscribe({ topic, after: 'now', include: 'order' }, (delivery) => {
        onDelivery(delivery);
        if (delivery.kind === 'reset') {
          handle.close();
          follow();
        }
      });
    };
    follow();
    return () => handle.close();
  }, [client, topic]);
}
