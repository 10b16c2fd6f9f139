import { useSearchParams } from 'wouter';
import { dateTime } from '../../format.ts';
import { Flash } from '../flash.tsx';
import { Card } from '../order/order-card.tsx';
import { OrderFrame } from '../order/order-frame.tsx';
import type { FollowedOrder } from '../order/order-states.tsx';
import { OrderActions } from '../order-actions.tsx';
import { OrderItems } from '../order-items.tsx';
import { ErrorNote } from '../states.tsx';
import { markedFacts } from './changes.ts';
import { DraftBanner } from './draft-banner.tsx';
import { EditOrder } from './edit-order.tsx';
import { History } from './history.tsx';
import { useDraft } from './kept-drafts.ts';
import { PastBanner } from './past-banner.tsx';
import { usePastVersion } from './past-versions.ts';
import { TrackingLinkButton } from './tracking-link.tsx';
import { VersionSlider } from './version-slider.tsx';

/** One order as staff see it: everything, as it is and as it was, and what may be done with it. */
export default function StaffOrder({ order, settled, events, hasMoreEvents, loadMoreEvents, put }: FollowedOrder) {
  const [version, show] = useVersion(order.version);
  const editing = useDraft(order, settled);
  const { past, error } = usePastVersion(order.order_id, version, order.version);
  const { draft } = editing;
  const isPast = version !== null;
  const shown = past?.order ?? order;
  const isEditing = draft !== null && !isPast;
  const upTo = past ? events.filter((event) => event.version <= past.order.version) : events;
  const reference = order.reference === undefined ? '' : ` · ${order.reference}`;
  return (
    <OrderFrame
      order={shown} events={upTo} past={past !== null} marked={past?.before ? markedFacts(past.before, past.order) : undefined}
      under={`Placed ${dateTime(order.placed_at)}${reference} · ${order.customer_id}`}
      actions={!isPast && (
        <OrderActions order={order} onWritten={put} onEdit={isEditing ? undefined : editing.begin}>
          <TrackingLinkButton orderId={order.order_id} />
        </OrderActions>
      )}
      banner={
        <>
          {order.version > 1 && <VersionSlider version={version ?? order.version} latest={order.version} events={events} onShow={show} />}
          {isPast && error !== null && <ErrorNote message={error} />}
          {isPast && draft && <DraftBanner onGoOn={() => show(order.version)} onDiscard={editing.end} />}
          {past && <PastBanner past={past} latest={order.version} />}
        </>
      }
      details={isEditing && (
        <EditOrder order={order} settled={settled} events={events} editing={{ ...editing, draft }} put={put} />
      )}
      items={<Card label="Items"><Flash of={JSON.stringify(shown.pricing)}><OrderItems pricing={shown.pricing} /></Flash></Card>}
      side={
        <History
          events={events} hasMore={hasMoreEvents} onMore={() => void loadMoreEvents()} shown={version ?? order.version} onShow={show}
        />
      }
    />
  );
}

/** Which version is shown, kept in the address so that it can be shared; null is the present. */
function useVersion(latest: number): [number | null, (version: number) => void] {
  const [params, setParams] = useSearchParams();
  const asked = Number(params.get('version') ?? Number.NaN);
  const version = Number.isInteger(asked) && asked >= 1 && asked < latest ? asked : null;
  const show = (next: number) => setParams((now) => {
    const changed = new URLSearchParams(now);
    if (next >= latest) changed.delete('version');
    else changed.set('version', String(next));
    return changed;
  }, { replace: true });
  return [version, show];
}
