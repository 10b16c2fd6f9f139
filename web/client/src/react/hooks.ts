import { createContext, createElement, type ReactNode, useContext, useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { Client, SubscriptionHandle } from '../client.ts';
import type { ConnectionStatus, Delivery } from '../state.ts';
import type { OrdersFilter } from '../stores/order-list.ts';
import { type OrdersState, OrdersStore } from '../stores/orders-store.ts';
import { type OrderState, OrderStore } from '../stores/order-store.ts';
import { shared } from '../stores/store.ts';

const Context = createContext<Client | null>(null);

export function WaybillProvider({ client, children }: { client: Client; children: ReactNode }) {
  return createElement(Context, { value: client }, children);
}

/** The client of the nearest `WaybillProvider`. */
export function useWaybill(): Client {
  const client = useContext(Context);
  if (!client) throw new Error('useWaybill needs a WaybillProvider above it');
  return client;
}

export interface Connection extends ConnectionStatus {
  /** Milliseconds since 1970. Read when the connection changes; ask again while it does not. */
  readonly lastHeard: () => number | null;
}

export function useConnection(): Connection {
  const client = useWaybill();
  const status = useSyncExternalStore(client.onStatus, () => client.status);
  return { ...status, lastHeard: () => client.lastHeard };
}

export interface UseOrdersOptions extends OrdersFilter {
  /** `orders` for those who may see all, else `customer:me`. */
  topic?: string;
}

/** The newest orders that match, live. */
export function useOrders({ topic = 'customer:me', status, q }: UseOrdersOptions = {}): OrdersState & {
  loadMore: () => Promise<void>;
} {
  const client = useWaybill();
  const filter = { ...(status && { status }), ...(q && { q }) };
  const key = JSON.stringify(['orders', topic, status, q]);
  const store = shared(client, key, () => new OrdersStore(client, topic, filter));
  return { ...useSyncExternalStore(store.subscribe, store.get), loadMore: store.loadMore };
}

/** One order with its history, live. */
export function useOrder(id: string): OrderState & { put: OrderStore['put'] } {
  const client = useWaybill();
  const store = shared(client, JSON.stringify(['order', id]), () => new OrderStore(client, id));
  return { ...useSyncExternalStore(store.subscribe, store.get), put: store.put };
}

/** Calls back for what happens from now on, absences included: for notices, not for state. */
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
