import { IconAlertTriangle, IconBroadcast, IconClock } from '@tabler/icons-react';
import { useConnection } from '@waybill/client/react';
import { clockTime } from '../../format.ts';
import css from './analytics.module.css';

/** As of when the figures are, and whether they are kept up. Not read out: it changes with every order. */
export function Freshness({ readAt, behind, failed }: { readAt: number; behind: boolean; failed: boolean }) {
  const { state } = useConnection();
  const at = clockTime(new Date(readAt).toISOString());
  const connected = state === 'live' || state === 'polling';
  if (failed || !connected) {
    return <p className={css.fresh} data-fresh="no"><IconAlertTriangle size={16} aria-hidden />Not kept up: as of {at}</p>;
  }
  if (behind) return <p className={css.fresh}><IconClock size={16} aria-hidden />Reading again: as of {at}</p>;
  return <p className={css.fresh} data-fresh="yes"><IconBroadcast size={16} aria-hidden />Live: last read at {at}</p>;
}
