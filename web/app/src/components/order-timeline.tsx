import { Button, Text, Timeline, Title } from '@mantine/core';
import type { OrderEvent } from '@waybill/client';
import { type ReactNode, useState } from 'react';
import { eventStatus, eventTitle, REASON_NAMES, saysSomething } from '../describe.ts';
import { dateTime, plural } from '../format.ts';
import css from './order-timeline.module.css';
import { STATUS_ICONS, UpdateIcon } from './status.tsx';

/** Entries shown until more are asked for. */
const FIRST = 30;

interface Props {
  /** As far as they have been read, oldest first. */
  events: readonly OrderEvent[];
  hasMore: boolean;
  onMore: () => void;
}

/** What happened to the order, as its reader may know it, newest first. */
export function OrderTimeline(props: Props) {
  return (
    <EventTimeline {...props} told={props.events.filter(saysSomething)}>
      {(event) => (
        <>
          <Text size="sm" c="dimmed"><time dateTime={event.recorded_at}>{dateTime(event.recorded_at)}</time></Text>
          <Remarks event={event} />
        </>
      )}
    </EventTimeline>
  );
}

/** The frame of a history: an entry for each event that is `told`, with what its reader is to see of it. */
export function EventTimeline({ events, told, hasMore, onMore, children }: Props & {
  told: readonly OrderEvent[];
  children: (event: OrderEvent) => ReactNode;
}) {
  const [count, setCount] = useState(FIRST);
  const [known] = useState(() => events.at(-1)?.version ?? Number.POSITIVE_INFINITY);
  const newest = told.toReversed().slice(0, count);
  const left = told.length - newest.length;
  return (
    <section className={css.card} aria-labelledby="timeline">
      <Title order={2} size="h5" id="timeline" mb="md">Timeline</Title>
      {hasMore && <MoreOfLong onMore={onMore} count={events.length} />}
      <Timeline bulletSize={26} lineWidth={2} classNames={{ item: css.item ?? '', itemBullet: css.bullet ?? '' }}>
        {newest.map((event) => {
          const status = eventStatus(event);
          const Icon = status === null ? UpdateIcon : STATUS_ICONS[status];
          return (
            <Timeline.Item
              key={event.version} bullet={<Icon size={15} />} title={eventTitle(event)} data-status={status ?? 'none'}
              data-new={event.version > known || undefined}
            >
              {children(event)}
            </Timeline.Item>
          );
        })}
      </Timeline>
      {left > 0 && (
        <Button variant="default" size="xs" mt="md" onClick={() => setCount(count + 100)}>
          Show {Math.min(left, 100)} more of {left}
        </Button>
      )}
    </section>
  );
}

/** The history is read from its beginning on: the newest of what happened before may be missing. */
function MoreOfLong({ count, onMore }: { count: number; onMore: () => void }) {
  return (
    <div className={css.long}>
      <Text size="sm">This is a long history. {plural(count, 'event')} of it are here; newer ones are missing.</Text>
      <Button variant="default" size="xs" onClick={onMore}>Read on</Button>
    </div>
  );
}

function Remarks({ event }: { event: OrderEvent }) {
  if (event.type === 'order.created' || event.type === 'order.unreadable') return null;
  if (event.type === 'order.updated') {
    const tracking = event.data.changes.find((change) => change.kind === 'tracking')?.after;
    return tracking ? <Text size="sm">{[tracking.carrier, tracking.number].filter(Boolean).join(' ')}</Text> : null;
  }
  const { message_to_customer } = event.data;
  return (
    <>
      {event.type === 'order.cancelled' && <Text size="sm">{REASON_NAMES[event.data.reason]}</Text>}
      {message_to_customer !== undefined && <blockquote className={css.quote}>{message_to_customer}</blockquote>}
    </>
  );
}
