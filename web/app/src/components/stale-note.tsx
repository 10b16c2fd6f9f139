import { UnstyledButton } from '@mantine/core';
import { useConnection, useWaybill } from '@waybill/client/react';
import { useEffect, useState } from 'react';
import { momentOf } from '../format.ts';
import { useNow } from '../now.ts';
import css from './header.module.css';

/** How long a connection may be looked for before what is shown counts as old. */
const GRACE_MS = 2_000;

/** Whether what is shown may be out of date. */
function useStale(): boolean {
  const { state, lastHeard } = useConnection();
  const [late, setLate] = useState(false);
  const connecting = state === 'connecting';
  useEffect(() => {
    if (!connecting) return;
    const timer = setTimeout(() => setLate(true), GRACE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [connecting]);
  return state === 'offline' || state === 'stopped' || (connecting && late && lastHeard() !== null);
}

/** Across the whole page while it may be out of date, so that it never looks fresher than it is; `styles/stale.css` dims the rest. */
export function StaleNote() {
  const client = useWaybill();
  const { state, trying, lastHeard } = useConnection();
  const stale = useStale();
  const now = useNow(60_000);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-stale', stale);
    return () => document.documentElement.removeAttribute('data-stale');
  }, [stale]);
  if (!stale) return null;
  const last = lastHeard();
  // A time of day, since words that change would be read out again and again.
  const when = last === null ? '' : ` Last update: ${momentOf(last, now)}.`;
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
