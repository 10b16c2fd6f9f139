/** Figures over all orders, live: how many, how much, how long, and why they are called off. */
import '@mantine/charts/styles.css';
import { Alert, Button, Skeleton, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconAlertTriangle, IconChartBar } from '@tabler/icons-react';
import { useConnection } from '@waybill/client/react';
import { useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import css from '../components/analytics/analytics.module.css';
import { Controls } from '../components/analytics/controls.tsx';
import { Freshness } from '../components/analytics/freshness.tsx';
import { PlacedCharts } from '../components/analytics/placed-charts.tsx';
import { PlacedTable } from '../components/analytics/placed-table.tsx';
import { dateOf, filled, formatView, parseView, type Range, rangeOf, type View } from '../components/analytics/range.ts';
import { ReasonsPanel } from '../components/analytics/reasons-panel.tsx';
import { Tiles } from '../components/analytics/tiles.tsx';
import { TimesPanel } from '../components/analytics/times-panel.tsx';
import { useFigures } from '../components/analytics/use-figures.ts';
import states from '../components/states.module.css';
import { plural } from '../format.ts';
import { useNow } from '../now.ts';
import page from './page.module.css';

/** Events that may be missing for a moment while many orders change at once. */
const LAG = 1_000;

export default function AnalyticsPage() {
  useDocumentTitle('Analytics · Waybill');
  const search = useSearch();
  const [path, navigate] = useLocation();
  const now = useNow(60_000);
  const view = useMemo(() => parseView(search), [search]);
  const today = dateOf(now);
  const range = rangeOf(view, today);
  const asked = 'fault' in range ? null : `/v1/analytics?by=${range.by}&from=${range.from}&to=${range.to}`;
  const { figures, path: shown, readAt, behind, error, retrying, retry } = useFigures(asked);
  // Without a connection the whole page says so already.
  const { state } = useConnection();
  const connected = state === 'live' || state === 'polling';
  const currencies = figures?.currencies ?? [];
  // The one with the most orders, unless another one is asked for.
  const usual = currencies.toSorted((a, b) => b.orders - a.orders)[0];
  const chosen = currencies.find(({ currency }) => currency === view.currency) ?? usual;
  const change = (next: View) => navigate(path + formatView(next));
  return (
    <main className={page.page}>
      <div className={css.head}>
        <Title order={1} size="h2">Analytics</Title>
        {readAt !== null && <Freshness readAt={readAt} behind={behind} failed={error !== null} />}
      </div>
      <Text c="dimmed" size="sm" mb="md">All days and hours are those of UTC. Imported orders count when they were placed.</Text>
      <Controls
        view={view} change={change} range={range} today={today}
        currencies={currencies.map(({ currency }) => currency)} currency={chosen?.currency ?? null}
      />
      {error !== null && (connected || figures === null) && (
        <Alert color="red" role="alert" className={css.note ?? ''} icon={<IconAlertTriangle size={18} />}>
          {figures ? 'The figures could not be read again. ' : 'The figures could not be read. '}
          {error} {retrying ? 'Trying again …' : <Button size="compact-sm" variant="default" onClick={retry}>Try again</Button>}
        </Alert>
      )}
      {figures && figures.lag_events > LAG && (
        <Alert color="yellow" className={css.note ?? ''} icon={<IconAlertTriangle size={18} />}>
          The figures are being made from the log: {plural(figures.lag_events, 'event')} are not in them yet, and every sum is too small by what they bring.
        </Alert>
      )}
      {figures && figures.parked > 0 && (
        <Alert color="yellow" className={css.note ?? ''} icon={<IconAlertTriangle size={18} />}>
          {plural(figures.parked, 'order')} could not be followed: what happened to them last is not counted. An admin can bring them back.
        </Alert>
      )}
      {figures === null && error === null && asked !== null && <Waiting />}
      {figures && (
        <div className={css.body} aria-busy={asked !== null && shown !== asked}>
          <Body
            figures={figures} currency={chosen?.currency ?? null} asTable={view.asTable} now={now}
            range={{ by: figures.by, from: figures.from, to: figures.to }}
          />
        </div>
      )}
    </main>
  );
}

interface BodyProps {
  figures: NonNullable<ReturnType<typeof useFigures>['figures']>;
  currency: string | null;
  asTable: boolean;
  range: Range;
  now: number;
}

function Body({ figures, currency, asTable, range: { by, from, to }, now }: BodyProps) {
  const rows = useMemo(() => {
    const chosen = figures.currencies.find((one) => one.currency === currency);
    return filled({ by, from, to }, figures.currencies, chosen, now);
  }, [figures, currency, by, from, to, now]);
  const Placed = asTable ? PlacedTable : PlacedCharts;
  return (
    <>
      {figures.totals.orders === 0 ? (
        <div className={states.empty} style={{ marginBottom: '1rem' }}>
          <IconChartBar size={44} stroke={1.2} aria-hidden />
          <Title order={2} size="h4">No orders were placed in these days</Title>
          <Text c="dimmed" ta="center">Choose other days; or place an order, and it is counted here.</Text>
        </div>
      ) : (
        <>
          <Tiles figures={figures} currency={currency} />
          <Placed rows={rows} by={by} currency={currency} />
        </>
      )}
      <div className={css.pair}>
        <TimesPanel times={figures.time_in_status} />
        <ReasonsPanel reasons={figures.cancellations} />
      </div>
    </>
  );
}

function Waiting() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the figures">
      <Skeleton h={70} radius="md" />
      <div className={css.pair}>
        <Skeleton h={340} radius="md" />
        <Skeleton h={340} radius="md" />
      </div>
    </div>
  );
}
