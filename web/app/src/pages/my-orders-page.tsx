import { OrdersList } from '../components/orders-list.tsx';

export default function MyOrdersPage() {
  return <OrdersList title="My orders" topic="customer:me" isStaff={false} />;
}
