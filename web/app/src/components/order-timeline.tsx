import { Text, Timeline } from '@mantine/core';
import type { OrderEvent } from '@waybill/client';
import { eventStatus, eventTitle, REASON_NAMES } from '../describe.ts';
import { dateTime } from '../format.ts';
import css from './order-timeline.module.css';
import { STATUS_ICONS, UpdateIcon } from './status.tsx';

/** Everything that happened to the order, newest first. */
export function OrderTimeline({ events }: { events: readonly OrderEvent[] }) {
  const newest = events.toReversed();
  return (
    <Timeline bulletSize={26} lineWidth={2} classNames={{ item: css.item ?? '', itemBullet: css.bullet ?? '' }}>
      {newest.map((event) => <Entry key={event.version} event={event} />)}
    </Timeline>
  );
}

function Entry({ event }: { event: OrderEvent }) {
  const status = eventStatus(event);
  const Icon = status === null ? UpdateIcon : STATUS_ICONS[status];
  return (
    <Timeline.Item bullet={<Icon size={15} />} title={eventTitle(event)} data-status={status ?? 'none'}>
      <Text size="sm" c="dimmed">
        <time dateTime={event.recorded_at}>{dateTime(event.recorded_at)}</time>
        {event.actor && ` · ${event.actor.kind === 'system' ? 'automatically' : event.actor.id}`}
      </Text>
      <Remarks event={event} />
    </Timeline.Item>
  );
}

function Remarks({ event }: { event: OrderEvent }) {
  if (event.type === 'order.created' || event.type === 'order.unreadable') return null;
  if (event.type === 'order.updated') {
    const tracking = event.data.changes.find((change) => change.kind === 'tracking')?.after;
    return tracking ? <Text size="sm">{tracking.number}</Text> : null;
  }
  const { message_to_customer, internal_note } = event.data;
  return (
    <>
      {event.type === 'order.cancelled' && <Text size="sm">{REASON_NAMES[event.data.reason]}</Text>}
      {message_to_customer !== undefined && <blockquote className={css.quote}>{message_to_customer}</blockquote>}
      {internal_note !== undefined && <Text size="sm" fs="italic">Internal: {internal_note}</Text>}
    </>
  );
}
