import { Tooltip } from '@mantine/core';
import type { ConnectionState, ConnectionStatus } from '@waybill/client';
import { useConnection } from '@waybill/client/react';
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
  const status = useConnection();
  return <StateBadge status={status} />;
}

/** The same for any connection. */
export function StateBadge({ status: { state } }: { status: ConnectionStatus }) {
  const { label, detail } = WORDS[state];
  return (
    <Tooltip label={detail} multiline maw="16rem" events={{ hover: true, focus: true, touch: true }}>
      <div className={css.badge} data-state={state} role="status" tabIndex={0}>
        <span className={css.dot} aria-hidden />
        <span>{label}</span>
      </div>
    </Tooltip>
  );
}
