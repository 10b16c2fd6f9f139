import { DemoOrderButton } from '../components/demo-order-button.tsx';
import { OrdersList } from '../components/orders-list.tsx';

export default function BoardPage() {
  return <OrdersList title="Orders" topic="orders" isStaff tools={<DemoOrderButton />} />;
}
