import { UnstyledButton } from '@mantine/core';
import { useConnection, useWaybill } from '@waybill/client/react';
import { ago } from '../format.ts';
import { useNow } from '../now.ts';
import css from './header.module.css';

/** Across the whole page while it may be out of date, so that it never looks fresher than it is. */
export function StaleNote() {
  const client = useWaybill();
  const { state, trying, lastHeard } = useConnection();
  const now = useNow(5_000);
  if (state !== 'offline' && state !== 'stopped') return null;
  const last = lastHeard();
  const when = last === null ? '' : ` Last update ${ago(last, Math.max(now, last))}.`;
  return (
    <div className={css.stale}>
      <span role="alert">This may be out of date.{when}</span>
      {state === 'offline' && (
        <UnstyledButton className={css.retry ?? ''} aria-disabled={trying} onClick={() => client.retryNow()}>
          {trying ? 'Trying …' : 'Try now'}
        </UnstyledButton>
      )}
    </div>
  );
}
