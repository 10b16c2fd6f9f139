import { Alert, Anchor, Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconRefresh } from '@tabler/icons-react';
import type { Parked } from '@waybill/client';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { plural } from '../../format.ts';
import { useNow } from '../../now.ts';
import { TimeAgo } from '../time-ago.tsx';
import type { ParkedOrders } from './admin.ts';
import { inWords } from './figures.ts';
import { ReadProblem, useIsStale } from './freshness.tsx';
import css from './operations.module.css';
import { Panel } from '../panel.tsx';
import { ProgressBar } from './progress-bar.tsx';
import type { Polled } from './use-polled.ts';
import { nameOf, type Redrive, useRedrive } from './use-redrive.ts';

interface Props {
  polled: Polled<ParkedOrders>;
  onMore: () => void;
}

/** The orders that a read model could not follow, and trying them again. */
export function ParkedPanel({ polled, onMore }: Props) {
  const stale = useIsStale(polled.heardAt, polled.error);
  const orders = polled.data?.orders ?? [];
  const redrive = useRedrive(polled.refresh);
  const { working, done, total } = redrive;
  const followed = redrive.said?.followed ?? 0;
  const saying = useRef<HTMLDivElement>(null);
  // The button that was pressed goes away with its row; the result is where it was heard of.
  useEffect(() => {
    if (followed > 0) saying.current?.focus();
  }, [followed, redrive.said]);
  const all = orders.length > 1 && (
    <Button
      size="xs" variant="default" leftSection={<IconRefresh size={15} />} disabled={stale || working}
      onClick={() => void redrive.run(orders)}
    >
      Try all {orders.length.toLocaleString()} again
    </Button>
  );
  return (
    <Panel title="Parked orders" stale={stale} aside={all}>
      <ReadProblem what="The parked orders" polled={polled} />
      {working && total > 1 && (
        <div className={css.rebuild}>
          <ProgressBar label="Trying parked orders again" percent={(100 * done) / total} text={`${done} of ${total}`} />
          <Text size="xs" c="dimmed">{done.toLocaleString()} of {total.toLocaleString()} tried</Text>
        </div>
      )}
      <div role="status" className={css.said} ref={saying} tabIndex={-1}>{redrive.said !== null && !working && <Said redrive={redrive} />}</div>
      {polled.data !== null && orders.length === 0 && (
        <Text c="dimmed" size="sm">None: every read model follows every order.</Text>
      )}
      {orders.length > 0 && (
        <>
          <Text c="dimmed" size="sm" mb="xs">
            An order is parked where one of its events does not fit; everything else goes on. Once the cause is gone, try it again.
          </Text>
          <ul className={css.parked}>
            {orders.map((one) => (
              <ParkedRow key={nameOf(one)} parked={one} redrive={redrive} disabled={stale} />
            ))}
          </ul>
          {polled.data?.more === true && <Button variant="default" size="xs" mt="sm" onClick={onMore}>Show more</Button>}
        </>
      )}
    </Panel>
  );
}

function Said({ redrive: { said } }: { redrive: Redrive }) {
  if (said === null) return null;
  const bad = said.still > 0 || said.failed !== null;
  const parts = [
    ...(said.followed > 0 ? [said.only ?? `${plural(said.followed, 'order is', 'orders are')} followed again.`] : []),
    ...(said.still > 0 ? [said.onlyStill ?? `${plural(said.still, 'order is', 'orders are')} still parked; the reason is with each.`] : []),
    ...(said.failed === null ? [] : [`Not tried to the end: ${said.failed}`]),
  ];
  return (
    <Alert role="group" color={bad ? 'orange' : 'teal'} mb="sm" icon={bad ? <IconAlertTriangle size={18} /> : <IconCircleCheck size={18} />}>{parts.join(' ')}</Alert>
  );
}

function ParkedRow({ parked, redrive, disabled }: { parked: Parked; redrive: Redrive; disabled: boolean }) {
  const now = useNow(5_000);
  const { order_id, order_number, projection, version, position, event_type, reason, parked_at, waiting } = parked;
  const label = order_number ?? order_id;
  const busy = redrive.busy.has(nameOf(parked));
  return (
    <li className={css.parkedRow}>
      <div className={css.parkedWhat}>
        <Anchor component={Link} href={`/orders/${order_id}`} fw={600}>{label}</Anchor>
        <span>{inWords(projection)}, since <TimeAgo iso={parked_at} now={now} /></span>
        <span>{event_type ?? 'Event'}, version {version}, position {position.toLocaleString()}; {plural(waiting, 'event')} waiting</span>
      </div>
      <p className={css.reason}>{reason}</p>
      <Button
        size="xs" variant="default" loading={busy} disabled={disabled || (redrive.working && !busy)}
        aria-label={`Try ${label} again in the ${inWords(projection).toLowerCase()}`} onClick={() => void redrive.run([parked])}
      >
        Try again
      </Button>
    </li>
  );
}
