import { Text } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import type { Actor, Change, OrderEvent } from '@waybill/client';
import { REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { dateTime, exactTime } from '../../format.ts';
import timelineCss from '../order-timeline.module.css';
import { EventTimeline } from '../order-timeline.tsx';
import { ChangeRows } from './change-rows.tsx';
import { changeRows } from './changes.ts';
import css from './history.module.css';

interface Props {
  events: readonly OrderEvent[];
  hasMore: boolean;
  onMore: () => void;
  /** The version that is shown. */
  shown: number;
  onShow: (version: number) => void;
}

/** Everything that happened to the order, who did it and why, newest first. */
export function History({ shown, onShow, ...history }: Props) {
  return (
    <EventTimeline {...history} told={history.events}>
      {(event) => <Entry event={event} isShown={event.version === shown} onShow={onShow} />}
    </EventTimeline>
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
