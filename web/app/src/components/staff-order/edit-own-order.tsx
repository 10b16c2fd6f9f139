import type { FollowedOrder } from '../order/order-states.tsx';
import { EditOrder } from './edit-order.tsx';
import { useDraft } from './kept-drafts.ts';

/** What customers may change of their own order, as long as they may. */
export default function EditOwnOrder({ order, settled, events, put, onEnd }: FollowedOrder & { onEnd: () => void }) {
  const editing = useDraft(order, settled, true);
  const { draft, end } = editing;
  const close = () => {
    end();
    onEnd();
  };
  return draft && <EditOrder order={order} settled={settled} events={events} editing={{ ...editing, draft, end: close }} put={put} />;
}
