import { dateTime } from '../../format.ts';
import { Card } from '../order/order-card.tsx';
import { OrderFrame } from '../order/order-frame.tsx';
import type { FollowedOrder } from '../order/order-states.tsx';
import { Flash } from '../flash.tsx';
import { OrderActions } from '../order-actions.tsx';
import { OrderItems } from '../order-items.tsx';
import { History } from './history.tsx';

/** One order as staff see it. */
export default function StaffOrder({ order, events, hasMoreEvents, loadMoreEvents, put }: FollowedOrder) {
  const reference = order.reference === undefined ? '' : ` · ${order.reference}`;
  return (
    <OrderFrame
      order={order} events={events} under={`Placed ${dateTime(order.placed_at)}${reference} · ${order.customer_id}`}
      actions={<OrderActions order={order} onWritten={put} />}
      items={<Card label="Items"><Flash of={JSON.stringify(order.pricing)}><OrderItems pricing={order.pricing} /></Flash></Card>}
      side={<History events={events} hasMore={hasMoreEvents} onMore={() => void loadMoreEvents()} shown={order.version} onShow={() => undefined} />}
    />
  );
}
