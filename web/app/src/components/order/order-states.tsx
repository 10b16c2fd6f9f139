import { Loader } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { OrderView } from '@waybill/client';
import { type OrderState, UNREACHABLE, useConnection, useOrder } from '@waybill/client/react';
import type { ReactNode } from 'react';
import { useLookingAt } from '../../looking-at.ts';
import css from '../../pages/order-page.module.css';
import { ErrorNote } from '../states.tsx';
import { OrderNews } from './order-news.tsx';

export type FollowedOrder = OrderState & { order: OrderView } & Pick<ReturnType<typeof useOrder>, 'put' | 'loadMoreEvents'>;

interface Props {
  id: string;
  /** What is wrong with the connection for good, in words. */
  ended?: string | undefined;
  children: (followed: FollowedOrder) => ReactNode;
}

/** Follows an order, and says so while it is not there, or why it is not. */
export function FollowOrder({ id, ended, children }: Props) {
  const followed = useOrder(id);
  const { state } = useConnection();
  const { order, events, loading, error } = followed;
  const problem = ended ?? error ?? (loading && state === 'offline' ? UNREACHABLE : null);
  useDocumentTitle(`${order?.order_number ?? 'Order'} · Waybill`);
  useLookingAt(order?.order_id);
  return (
    <>
      {problem !== null && <ErrorNote message={problem} />}
      {loading && problem === null && <div className={css.center}><Loader aria-label="Loading the order" /></div>}
      {order && children({ ...followed, order })}
      {order && <OrderNews key={order.order_id} events={events} version={order.version} />}
    </>
  );
}
