import { Title } from '@mantine/core';
import { createClient } from '@waybill/client';
import { useConnection, useOrderEvents, WaybillProvider } from '@waybill/client/react';
import { useEffect, useState } from 'react';
import { announcer } from '../announcer.tsx';
import { ConnectionBadge } from '../components/connection-badge.tsx';
import headerCss from '../components/header.module.css';
import { Card } from '../components/order/order-card.tsx';
import { OrderFrame } from '../components/order/order-frame.tsx';
import { type FollowedOrder, FollowOrder } from '../components/order/order-states.tsx';
import { OrderTimeline } from '../components/order-timeline.tsx';
import { StaleNote } from '../components/stale-note.tsx';
import { ErrorNote } from '../components/states.tsx';
import { dateTime } from '../format.ts';
import { orderOf, useTrackingToken } from '../tracking-link.ts';
import css from './order-page.module.css';

const NO_LINK = 'This is not a whole tracking link. Open the link that you were sent once more, or ask the shop for another one.';
const ENDED: Record<string, string> = {
  unauthorized: 'This tracking link has expired or is not valid. Ask the shop for another one.',
  revoked: 'This tracking link has been withdrawn. Ask the shop for another one.',
  forbidden: 'This tracking link does not show this order. Ask the shop for another one.',
};

/** What the holder of a tracking link sees: one order, and nothing to do with it. */
export default function GuestOrderPage() {
  const token = useTrackingToken();
  const id = token === null ? null : orderOf(token);
  if (token === null || id === null) return <main className={css.page}><ErrorNote message={NO_LINK} /></main>;
  return <Guest key={token} token={token} id={id} />;
}

function Guest({ token, id }: { token: string; id: string }) {
  const [client] = useState(() => createClient({ token: () => token }));
  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);
  return (
    <WaybillProvider client={client}>
      <header className={headerCss.bar}>
        <div className={headerCss.inner}>
          <span className={headerCss.brand}>
            <img src="/favicon.svg" alt="" width={26} height={26} />
            Waybill
          </span>
          <ConnectionBadge />
        </div>
        <StaleNote />
      </header>
      <Toasts id={id} />
      <Followed id={id} />
    </WaybillProvider>
  );
}

/** Tells him what happens, as it tells a customer. */
function Toasts({ id }: { id: string }) {
  const topic = `order:${id}`;
  const on = { on: true, mine: true, subject: topic, wasOffline: false };
  useOrderEvents(topic, (delivery) => announcer.hear(delivery, on));
  return null;
}

function Followed({ id }: { id: string }) {
  const { state, reason } = useConnection();
  const ended = state === 'stopped' && reason !== undefined ? ENDED[reason] : undefined;
  return (
    <main className={css.page}>
      <FollowOrder id={id} ended={ended}>{(followed) => <Order {...followed} />}</FollowOrder>
    </main>
  );
}

function Order({ order, events, hasMoreEvents, loadMoreEvents }: FollowedOrder) {
  // Of the lines guests are told the titles alone, whatever the type says.
  const titles = order.pricing.items.map((item) => item.title);
  return (
    <OrderFrame
      order={order} events={events} under={`Placed ${dateTime(order.placed_at)}`}
      items={
        <Card label="Items">
          <Title order={2} size="h5">Items</Title>
          {titles.map((title, i) => <p key={i} className={css.under}>{title}</p>)}
        </Card>
      }
      side={<OrderTimeline events={events} hasMore={hasMoreEvents} onMore={() => void loadMoreEvents()} />}
    />
  );
}
