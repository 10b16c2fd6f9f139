import { Button, Text, Timeline, Title } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import type { Actor, Change, OrderEvent } from '@waybill/client';
import { useState } from 'react';
import { eventStatus, eventTitle, REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { dateTime, exactTime } from '../../format.ts';
import timelineCss from '../order-timeline.module.css';
import { MoreOfLong } from '../order-timeline.tsx';
import { STATUS_ICONS, UpdateIcon } from '../status.tsx';
import { ChangeRows } from './change-rows.tsx';
import { changeRows } from './changes.ts';
import css from './history.module.css';

const FIRST = 30;

interface Props {
  events: readonly OrderEvent[];
  hasMore: boolean;
  onMore: () => void;
  /** The version that is shown. */
  shown: number;
  onShow: (version: number) => void;
}

/** Everything that happened to the order, who did it and why, newest first. */
export function History({ events, hasMore, onMore, shown, onShow }: Props) {
  const [count, setCount] = useState(FIRST);
  const [known] = useState(() => events.at(-1)?.version ?? Number.POSITIVE_INFINITY);
  const newest = events.toReversed().slice(0, count);
  const left = events.length - newest.length;
  return (
    <section className={timelineCss.card} aria-labelledby="timeline">
      <Title order={2} size="h5" id="timeline" mb="md">Timeline</Title>
      {hasMore && <MoreOfLong onMore={onMore} count={events.length} />}
      <Timeline bulletSize={26} lineWidth={2} classNames={{ item: timelineCss.item ?? '', itemBullet: timelineCss.bullet ?? '' }}>
        {newest.map((event) => {
          const status = eventStatus(event);
          const Icon = status === null ? UpdateIcon : STATUS_ICONS[status];
          return (
            <Timeline.Item
              key={event.version} bullet={<Icon size={15} />} title={eventTitle(event)} data-status={status ?? 'none'}
              data-new={event.version > known || undefined}
            >
              <Entry event={event} isShown={event.version === shown} onShow={onShow} />
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

function Entry({ event, isShown, onShow }: { event: OrderEvent; isShown: boolean; onShow: (version: number) => void }) {
  const { recorded_at, actor, version } = event;
  return (
    <div className={css.entry}>
      <Text size="sm" c="dimmed">
        <time dateTime={recorded_at} title={exactTime(recorded_at)}>{dateTime(recorded_at)}</time>
        {actor && ` · ${actorName(actor)}`}
      </Text>
      <Why event={event} />
      <div className={css.foot}>
        <button type="button" className={css.link} aria-pressed={isShown} onClick={() => onShow(version)}>
          {isShown ? `Version ${version}, shown` : `Show version ${version}`}
        </button>
        <details className={css.ids}>
          <summary><IconCode size={14} aria-hidden /> Ids</summary>
          <Ids event={event} />
        </details>
      </div>
    </div>
  );
}

const KINDS: Record<Actor['kind'], string> = { customer: 'customer', staff: 'staff', service: 'the shop’s system', system: 'Waybill itself' };

export function actorName({ kind, id }: Actor): string {
  return kind === 'system' ? 'automatically' : `${id} (${KINDS[kind]})`;
}

function Why({ event }: { event: OrderEvent }) {
  if (event.type === 'order.unreadable') return <Text size="sm">This server is too old to read it, or it is damaged.</Text>;
  if (event.type === 'order.created') return null;
  if (event.type === 'order.updated') {
    return event.data.changes.map((change) => <OneChange key={change.kind} change={change} />);
  }
  const { from, message_to_customer, internal_note } = event.data;
  return (
    <>
      <Text size="sm">From {STATUS_NAMES[from].toLowerCase()}{event.type === 'order.cancelled' && `: ${REASON_NAMES[event.data.reason].toLowerCase()}`}</Text>
      {message_to_customer !== undefined && (
        <blockquote className={timelineCss.quote}><span className={css.kind}>To the customer</span>{message_to_customer}</blockquote>
      )}
      {internal_note !== undefined && (
        <blockquote className={timelineCss.quote} data-internal><span className={css.kind}>Internal note</span>{internal_note}</blockquote>
      )}
    </>
  );
}

function OneChange({ change }: { change: Change }) {
  if (!('before' in change) && !('after' in change)) return <Text size="sm">What it was has been erased.</Text>;
  return <ChangeRows rows={changeRows(change)} />;
}

function Ids({ event }: { event: OrderEvent }) {
  const { event_id, command_id, correlation_id, causation_id, version, position, recorded_at } = event;
  const ids = {
    Event: event_id, Command: command_id, Correlation: correlation_id, Causation: causation_id, Version: version, Position: position,
    Recorded: exactTime(recorded_at),
  };
  return (
    <dl>
      {Object.entries(ids).map(([name, value]) => value !== undefined && (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
