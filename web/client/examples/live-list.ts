import { createClient, type OrderSummary } from '@waybill/client';

const client = createClient({ token: () => sessionStorage.getItem('token') });
const orders = new Map<string, OrderSummary>();
client.subscribe({ topic: 'orders', include: 'order' }, (news) => {
  if (news.kind === 'reset') orders.clear();
  if (news.kind === 'snapshot') news.snapshot.orders?.forEach((order) => orders.set(order.order_id, order));
  if (news.kind === 'event' && news.order) orders.set(news.order.order_id, news.order);
  console.table([...orders.values()], ['order_number', 'status']);
});
