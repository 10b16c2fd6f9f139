import { Tooltip } from '@mantine/core';
import type { ConnectionState, ConnectionStatus } from '@waybill/client';
import { type Connection, useConnection } from '@waybill/client/react';
import { distance, momentOf, plural } from '../format.ts';
import { useNow } from '../now.ts';
import css from './connection-badge.module.css';

const WORDS: Record<ConnectionState, { label: string; detail: string }> = {
  connecting: { label: 'Connecting', detail: 'Reaching the server …' },
  replaying: { label: 'Catching up', detail: 'Fetching what happened in the meantime.' },
  live: { label: 'Live', detail: 'Changes appear as they happen.' },
  polling: { label: 'Polling', detail: 'A live connection does not get through; asking again and again instead.' },
  offline: { label: 'Offline', detail: 'What you see may be out of date. Trying to reach the server …' },
  stopped: { label: 'Stopped', detail: 'What you see may be out of date.' },
};

/** How fresh the page is. Says so in words and in shape, not in colour alone. */
export function ConnectionBadge() {
  const connection = useConnection();
  const catchesUp = connection.state === 'replaying' || connection.state === 'polling';
  const now = useNow(catchesUp ? 250 : 5_000);
  return <StateBadge status={connection} {...moreOf(connection, now)} />;
}

interface More {
  /** Beside the state, where there is room. */
  more?: string;
  /** Further words, for whoever asks. */
  detail?: string;
}

function moreOf({ state, progress, lastHeard }: Connection, now: number): More {
  const behind = progress();
  const heard = lastHeard();
  if (behind && (state === 'replaying' || state === 'polling')) {
    const far = distance(now - behind.at);
    return { more: `${far} behind`, detail: `${plural(behind.events, 'change')} fetched so far; the last one is ${far} old.` };
  }
  if (heard === null || state === 'live') return {};
  const last = momentOf(heard, now);
  return { ...(state === 'offline' && { more: `since ${last}` }), detail: `Last update: ${last}.` };
}

/** The same for any connection. What changes all the time is not read out. */
export function StateBadge({ status: { state }, more, detail: further = '' }: { status: ConnectionStatus } & More) {
  const { label, detail } = WORDS[state];
  return (
    <Tooltip label={`${detail} ${further}`.trim()} multiline maw="16rem" events={{ hover: true, focus: true, touch: true }}>
      <div className={css.badge} data-state={state} tabIndex={0} role="group" aria-label="Connection">
        <span className={css.dot} aria-hidden />
        <span role="status">{label}</span>
        {more !== undefined && <span className={css.more}>{more}</span>}
      </div>
    </Tooltip>
  );
}
