import { Loader } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { dateTime } from '../../format.ts';
import { hasDraft } from '../../has-draft.ts';
import { Flash } from '../flash.tsx';
import { OrderActions } from '../order-actions.tsx';
import { OrderItems } from '../order-items.tsx';
import { OrderTimeline } from '../order-timeline.tsx';
import { Card } from './order-card.tsx';
import { OrderFrame } from './order-frame.tsx';
import type { FollowedOrder } from './order-states.tsx';

// Few change anything, and the form is large.
const EditOwnOrder = lazy(() => import('../staff-order/edit-own-order.tsx'));

/** One's own order. */
export function CustomerOrder(followed: FollowedOrder) {
  const { order, events, hasMoreEvents, loadMoreEvents, put } = followed;
  const [editing, setEditing] = useState(() => hasDraft(order.order_id));
  return (
    <OrderFrame
      order={order} events={events}
      under={`Placed ${dateTime(order.placed_at)}${order.reference === undefined ? '' : ` · ${order.reference}`}`}
      actions={<OrderActions order={order} onWritten={put} onEdit={editing ? undefined : () => setEditing(true)} />}
      details={editing && (
        <Suspense fallback={<Loader aria-label="Loading the form" />}>
          <EditOwnOrder {...followed} onEnd={() => setEditing(false)} />
        </Suspense>
      )}
      items={<Card label="Items"><Flash of={JSON.stringify(order.pricing)}><OrderItems pricing={order.pricing} /></Flash></Card>}
      side={<OrderTimeline events={events} hasMore={hasMoreEvents} onMore={() => void loadMoreEvents()} />}
    />
  );
}
