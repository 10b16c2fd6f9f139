import { createClient } from '@waybill/client';
import { persistIn } from '@waybill/client/persist';
import { useConnection, useOrderEvents, useOrders, WaybillProvider } from '@waybill/client/react';
import { shareTabs } from '@waybill/client/tabs';

const client = createClient({ token: () => sessionStorage.getItem('token'), subject: 'nadia', share: shareTabs() });
const persistence = persistIn(client, localStorage);

export function App() {
  return (
    <WaybillProvider client={client} persistence={persistence}>
      <Orders />
    </WaybillProvider>
  );
}

function Orders() {
  const { orders, loading, hasMore, loadMore } = useOrders({ topic: 'orders', status: 'pending' });
  const { state } = useConnection();
  useOrderEvents('orders', (news) => {
    if (news.kind === 'event' && news.live) console.info(`${news.event.order_number}: ${news.event.type}`);
    if (news.kind === 'live' && news.missed > 0) console.info(`${news.missed} orders changed while you were away`);
  });
  return (
    <section aria-busy={loading} aria-label={`Orders, ${state}`}>
      <ul>{orders.map((order) => <li key={order.order_id}>{order.order_number}: {order.status}</li>)}</ul>
      {hasMore && <button onClick={() => void loadMore()}>More</button>}
    </section>
  );
}
