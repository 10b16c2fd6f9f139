import { Text, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Rebuild } from '@waybill/client';
import { ago, dateTime } from '../../format.ts';
import { useNow } from '../../now.ts';
import css from './operations.module.css';
import { ProgressBar } from './progress-bar.tsx';

/** What a rebuild is doing, and what it counts meanwhile. */
const PHASES: Record<string, [string, string]> = {
  clearing: ['Emptying the copy that is not in use', ''],
  folding: ['Reading the log', 'events'],
  indexing: ['Building indexes', 'steps'],
  catching_up: ['Catching up with what came meanwhile', 'events'],
  comparing: ['Comparing it with the copy in use', 'rows'],
  switching: ['Putting it in the place of the other', ''],
};

/** How far a rebuild is, or how the last one ended. */
export function RebuildProgress({ rebuild, name }: { rebuild: Rebuild; name: string }) {
  return (
    <>
      {/* Said as it changes: what is done, and how it ended. The numbers are for whoever looks. */}
      <VisuallyHidden role="status">{name}: {rebuild.running ? doingOf(rebuild)[0] : rebuild.outcome === 'switched' ? 'made anew' : 'not made anew'}</VisuallyHidden>
      {rebuild.running ? <Running rebuild={rebuild} name={name} /> : <Ended rebuild={rebuild} />}
    </>
  );
}

function doingOf({ phase }: Rebuild): [string, string] {
  return PHASES[phase ?? ''] ?? ['Beginning', ''];
}

function Running({ rebuild, name }: { rebuild: Rebuild; name: string }) {
  const { done, total } = rebuild;
  const [doing, unit] = doingOf(rebuild);
  const share = total > 0 && unit !== '' ? Math.min(100, (100 * done) / total) : null;
  const counted = unit === '' ? '' : total > 0 ? `${done.toLocaleString()} of ${total.toLocaleString()} ${unit}` : `${done.toLocaleString()} ${unit}`;
  return (
    <div className={css.rebuild}>
      <Text size="sm">{doing} …</Text>
      <ProgressBar label={`${name}: ${doing}`} percent={share} text={counted || doing} />
      <Text size="xs" c="dimmed">{counted}{share !== null && ` · ${Math.floor(share)}%`}</Text>
    </div>
  );
}

function Ended({ rebuild: { finished_at, outcome, started_at } }: { rebuild: Rebuild }) {
  const now = useNow(5_000);
  const good = outcome === 'switched';
  const at = finished_at ?? started_at;
  const when = <time dateTime={at} title={dateTime(at)}>{ago(Date.parse(at), now)}</time>;
  if (good) return <Text size="sm" className={css.ended ?? ''}><IconCircleCheck size={15} aria-hidden /> Made anew {when}</Text>;
  return (
    <Text size="sm" className={css.ended ?? ''} data-bad>
      <IconAlertTriangle size={15} aria-hidden /> {finished_at === null ? <>Broken off: the node that made it anew was stopped. It began {when}</> : <>Not made anew: {outcome ?? 'no reason was given'} ({when})</>}
    </Text>
  );
}
