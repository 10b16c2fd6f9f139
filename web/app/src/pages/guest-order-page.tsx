import { Loader, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type Client, createClient, type OrderEvent, type OrderView } from '@waybill/client';
import { requestJson, UNREACHABLE, useConnection, useOrder, useWaybill, WaybillProvider } from '@waybill/client/react';
import { useEffect, useState } from 'react';
import { ConnectionBadge } from '../components/connection-badge.tsx';
import headerCss from '../components/header.module.css';
import { OrderFacts } from '../components/order-facts.tsx';
import { OrderProgress } from '../components/order-progress.tsx';
import { OrderTimeline } from '../components/order-timeline.tsx';
import { StaleNote } from '../components/stale-note.tsx';
import { ErrorNote } from '../components/states.tsx';
import { StatusBadge } from '../components/status.tsx';
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
      <Followed id={id} />
    </WaybillProvider>
  );
}

function Followed({ id }: { id: string }) {
  const { order, events, loading, error } = useOrder(id);
  const { state, reason } = useConnection();
  const history = useHistory(useWaybill(), id, order !== null);
  useDocumentTitle(`${order?.order_number ?? 'Order'} · Waybill`);
  const ended = state === 'stopped' && reason !== undefined ? ENDED[reason] : undefined;
  const problem = ended ?? error ?? (loading && state === 'offline' ? UNREACHABLE : null);
  const all = new Map([...history, ...events].map((event) => [event.version, event]));
  const sorted = [...all.values()].sort((a, b) => a.version - b.version);
  return (
    <main className={css.page}>
      {problem !== null && <ErrorNote message={problem} />}
      {loading && problem === null && <div className={css.center}><Loader aria-label="Loading the order" /></div>}
      {order && <Order order={order} events={sorted} />}
    </main>
  );
}

function Order({ order, events }: { order: OrderView; events: readonly OrderEvent[] }) {
  // Of the lines guests are told the titles alone, whatever the type says.
  const titles = order.pricing.items.map((item) => item.title);
  return (
    <>
      <div className={css.head}>
        <div>
          <div className={css.title}>
            <Title order={1} size="h2">{order.order_number}</Title>
            <StatusBadge status={order.status} large />
          </div>
          <p className={css.under}>Placed {dateTime(order.placed_at)}</p>
        </div>
      </div>
      <div className={css.columns}>
        <div className={css.column}>
          <section className={css.card} aria-label="Progress"><OrderProgress order={order} events={events} /></section>
          <section className={css.card} aria-label="Details"><OrderFacts order={order} /></section>
          <section className={css.card} aria-labelledby="items">
            <Title order={2} size="h5" id="items">Items</Title>
            {titles.map((title, i) => <p key={i} className={css.under}>{title}</p>)}
          </section>
        </div>
        <section className={css.card} aria-labelledby="timeline">
          <Title order={2} size="h5" id="timeline" mb="md">Timeline</Title>
          <OrderTimeline events={events} />
        </section>
      </div>
    </>
  );
}

interface Entry {
  version: number;
  type: string;
  recorded_at: string;
  from?: string;
  to?: string;
  changes?: string[];
}

/** What happened before: guests may read the timeline, not the events. What comes later the order's store knows. */
function useHistory(client: Client, id: string, ready: boolean): readonly OrderEvent[] {
  const [entries, setEntries] = useState<readonly OrderEvent[]>([]);
  useEffect(() => {
    if (!ready) return;
    let over = false;
    void requestJson<{ data: Entry[] }>(client, `/v1/orders/${id}/timeline?limit=100`).then(
      ({ data }) => {
        if (!over) setEntries(data.map(asEvent));
      },
      () => undefined, // The order itself is there, and the badge says how fresh it is.
    );
    return () => {
      over = true;
    };
  }, [client, id, ready]);
  return entries;
}

function asEvent({ version, type, recorded_at, from, to, changes = [] }: Entry): OrderEvent {
  const data = { from, to, changes: changes.map((kind) => ({ kind })) };
  return { version, type, recorded_at, data } as unknown as OrderEvent;
}
