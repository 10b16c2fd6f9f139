import { Anchor, Loader, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconArrowLeft } from '@tabler/icons-react';
import type { OrderView } from '@waybill/client';
import { type OrderState, UNREACHABLE, useConnection, useOrder } from '@waybill/client/react';
import { Link } from 'wouter';
import { OrderActions } from '../components/order-actions.tsx';
import { OrderFacts } from '../components/order-facts.tsx';
import { OrderItems } from '../components/order-items.tsx';
import { OrderProgress } from '../components/order-progress.tsx';
import { OrderTimeline } from '../components/order-timeline.tsx';
import { ErrorNote } from '../components/states.tsx';
import { StatusBadge } from '../components/status.tsx';
import { dateTime } from '../format.ts';
import { useMe } from '../me.ts';
import css from './order-page.module.css';

export default function OrderPage({ id }: { id: string }) {
  const { order, events, loading, error, put } = useOrder(id);
  const { state } = useConnection();
  const shown = error ?? (loading && state === 'offline' ? UNREACHABLE : null);
  useDocumentTitle(`${order?.order_number ?? 'Order'} · Waybill`);
  return (
    <main className={css.page}>
      <Anchor component={Link} href="/" className={css.back ?? ''} size="sm">
        <IconArrowLeft size={15} aria-hidden /> All orders
      </Anchor>
      {shown !== null && <ErrorNote message={shown} />}
      {loading && shown === null && <div className={css.center}><Loader aria-label="Loading the order" /></div>}
      {order && <Order order={order} events={events} put={put} />}
    </main>
  );
}

function Order({ order, events, put }: { order: OrderView; events: OrderState['events']; put: (order: OrderView) => void }) {
  const { isStaff } = useMe();
  return (
    <>
      <div className={css.head}>
        <div>
          <div className={css.title}>
            <Title order={1} size="h2">{order.order_number}</Title>
            <StatusBadge status={order.status} large />
          </div>
          <p className={css.under}>
            Placed {dateTime(order.placed_at)}
            {order.reference !== undefined && ` · ${order.reference}`}
            {isStaff && ` · ${order.customer_id}`}
          </p>
        </div>
        <OrderActions order={order} onWritten={put} />
      </div>
      <div className={css.columns}>
        <div className={css.column}>
          <section className={css.card} aria-label="Progress"><OrderProgress order={order} events={events} /></section>
          <section className={css.card} aria-label="Details"><OrderFacts order={order} /></section>
          <section className={css.card} aria-label="Items"><OrderItems pricing={order.pricing} /></section>
        </div>
        <section className={css.card} aria-labelledby="timeline">
          <Title order={2} size="h5" id="timeline" mb="md">Timeline</Title>
          <OrderTimeline events={events} />
        </section>
      </div>
    </>
  );
}
