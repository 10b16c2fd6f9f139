import { Alert, Button, Loader } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconRefresh } from '@tabler/icons-react';
import type { Projection } from '@waybill/client';
import { messageOf, useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { dateTime, plural } from '../../format.ts';
import { useNow } from '../../now.ts';
import { TimeAgo } from '../time-ago.tsx';
import { rebuild } from './admin.ts';
import { figure, inWords, stretch } from './figures.ts';
import { ReadProblem, useIsStale } from './freshness.tsx';
import css from './operations.module.css';
import { Panel } from '../panel.tsx';
import { RebuildDialog } from './rebuild-dialog.tsx';
import { RebuildProgress } from './rebuild-progress.tsx';
import type { Polled } from './use-polled.ts';

/** How far each read model is, and making one anew. */
export function ProjectionsPanel({ polled }: { polled: Polled<Projection[]> }) {
  const client = useWaybill();
  const stale = useIsStale(polled.heardAt, polled.error);
  const [asking, setAsking] = useState<Projection | null>(null);
  const [refused, setRefused] = useState<string | null>(null);

  async function begin(projection: Projection): Promise<void> {
    setAsking(null);
    setRefused(null);
    try {
      await rebuild(client, projection.name);
    } catch (error) {
      setRefused(`${inWords(projection.name)} is not made anew. ${messageOf(error)}`);
    }
    polled.refresh();
  }

  return (
    <Panel title="Read models" stale={stale}>
      <ReadProblem what="The state of the read models" polled={polled} />
      {refused !== null && (
        <Alert color="red" role="alert" mb="sm" icon={<IconAlertTriangle size={18} />} withCloseButton closeButtonLabel="Close" onClose={() => setRefused(null)}>
          {refused}
        </Alert>
      )}
      {polled.data === null && polled.error === null && <Loader size="sm" aria-label="Loading the read models" />}
      {polled.data !== null && (
        <ul className={css.cards}>
          {polled.data.map((one) => <ProjectionCard key={one.name} projection={one} disabled={stale} onRebuild={() => setAsking(one)} />)}
        </ul>
      )}
      <RebuildDialog projection={asking} onClose={() => setAsking(null)} onRebuild={(projection) => void begin(projection)} />
    </Panel>
  );
}

function ProjectionCard({ projection, disabled, onRebuild }: { projection: Projection; disabled: boolean; onRebuild: () => void }) {
  const now = useNow(5_000);
  const { name, position, head, lag_events, lag_seconds, parked, stopped_because, updated_at } = projection;
  const running = projection.rebuild?.running === true;
  return (
    <li className={css.card} aria-label={inWords(name)}>
      <div className={css.cardHead}>
        <b>{inWords(name)}</b>
        <Keeping projection={projection} />
      </div>
      <dl className={css.facts}>
        <div><dt>Position</dt><dd>{position.toLocaleString()} of {head.toLocaleString()}</dd></div>
        <div><dt>Behind</dt><dd>{lag_events === 0 ? 'nothing' : `${plural(lag_events, 'event')}, ${stretch(lag_seconds)}`}</dd></div>
        <div><dt>Parked orders</dt><dd>{figure(parked)}</dd></div>
        <div><dt>Last moved</dt><dd><TimeAgo iso={updated_at} now={now} /></dd></div>
      </dl>
      {stopped_because !== null && <Alert role="group" color="red" icon={<IconAlertTriangle size={18} />} title="Stopped">{stopped_because}</Alert>}
      {projection.rebuild && <RebuildProgress rebuild={projection.rebuild} name={inWords(name)} />}
      {!running && (
        <Button
          variant="default" size="xs" leftSection={<IconRefresh size={15} />} disabled={disabled} onClick={onRebuild}
          aria-label={`Make the ${inWords(name).toLowerCase()} anew …`} title={`Last moved ${dateTime(updated_at)}`}
        >
          Make anew …
        </Button>
      )}
    </li>
  );
}

/** Within so many seconds a read model is as up to date as it can be, beyond so many somebody should look. */
const [SOON_SECS, LATE_SECS] = [2, 10];

function Keeping({ projection: { lag_seconds, stopped_because } }: { projection: Projection }) {
  const word = stopped_because !== null ? 'Stopped' : lag_seconds > LATE_SECS ? 'Behind' : lag_seconds > SOON_SECS ? 'Catching up' : 'Up to date';
  const Icon = word === 'Up to date' ? IconCircleCheck : IconAlertTriangle;
  return <span className={css.keeping} data-word={word}><Icon size={15} aria-hidden /> {word}</span>;
}
