import { IconAlertTriangle, IconBroadcast, IconClock } from '@tabler/icons-react';
import { useConnection } from '@waybill/client/react';
import { useEffect, useState } from 'react';
import { clockTime } from '../../format.ts';
import css from './analytics.module.css';

/** Every order is behind for a moment; that is worth a word only when it lasts. */
const LATE_MS = 5_000;

/** As of when the figures are, and whether they are kept up. Not read out: it changes with every order. */
export function Freshness({ readAt, behind, failed }: { readAt: number; behind: boolean; failed: boolean }) {
  const { state } = useConnection();
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!behind) return;
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [behind]);
  const at = clockTime(new Date(readAt).toISOString());
  const connected = state === 'live' || state === 'polling';
  if (failed || !connected) {
    return <p className={css.fresh} data-fresh="no"><IconAlertTriangle size={16} aria-hidden />Not kept up: as of {at}</p>;
  }
  if (late) return <p className={css.fresh}><IconClock size={16} aria-hidden />Catching up: as of {at}</p>;
  return <p className={css.fresh} data-fresh="yes"><IconBroadcast size={16} aria-hidden />Live: last read at {at}</p>;
}
