import { dateTime } from '../../format.ts';
import { Flash } from '../flash.tsx';
import { OrderActions } from '../order-actions.tsx';
import { OrderItems } from '../order-items.tsx';
import { OrderTimeline } from '../order-timeline.tsx';
import { Card } from './order-card.tsx';
import { OrderFrame } from './order-frame.tsx';
import type { FollowedOrder } from './order-states.tsx';

/** One's own order. */
export function CustomerOrder({ order, events, hasMoreEvents, loadMoreEvents, put }: FollowedOrder) {
  return (
    <OrderFrame
      order={order} events={events}
      under={`Placed ${dateTime(order.placed_at)}${order.reference === undefined ? '' : ` · ${order.reference}`}`}
      actions={<OrderActions order={order} onWritten={put} />}
      items={<Card label="Items"><Flash of={JSON.stringify(order.pricing)}><OrderItems pricing={order.pricing} /></Flash></Card>}
      side={<OrderTimeline events={events} hasMore={hasMoreEvents} onMore={() => void loadMoreEvents()} />}
    />
  );
}
