import { Text } from '@mantine/core';
import type { NodeSample } from '@waybill/client';
import { useMemo } from 'react';
import { clockTime, figure, millis } from './figures.ts';
import { LiveChart, type Point, type Series } from './live-chart.tsx';
import css from './operations.module.css';

const EVENTS: Series[] = [
  { key: 'log', label: 'in the log', color: 1 },
  { key: 'appended', label: 'appended here', color: 2 },
];
const DELIVERIES: Series[] = [{ key: 'deliveries', label: 'to clients', color: 1 }];
const LATENCY: Series[] = [
  { key: 'p50', label: 'half', color: 1 },
  { key: 'p95', label: '95%', color: 2 },
  { key: 'p99', label: '99%', color: 3 },
];
const CONNECTIONS: Series[] = [
  { key: 'websocket', label: 'WebSocket', color: 1 },
  { key: 'sse', label: 'event streams', color: 2 },
  { key: 'long_poll', label: 'polls', color: 3 },
  { key: 'socketio', label: 'Socket.IO', color: 4 },
];

const count = (value: number | null) => (value === null ? '–' : figure(value));
const perSecond = (value: number | null) => (value === null ? '–' : `${figure(value)}/s`);

/** What the shown node has sampled. */
export function NodeCharts({ samples }: { samples: readonly NodeSample[] }) {
  const points = useMemo(() => samples.map(pointOf), [samples]);
  if (points.length === 0) return <Text size="sm" c="dimmed">Nodes take a sample every two seconds. The first is on its way.</Text>;
  return (
    <div className={css.charts}>
      <LiveChart title="Events a second" series={EVENTS} points={points} format={perSecond} />
      <LiveChart title="Sent a second" series={DELIVERIES} points={points} format={perSecond} />
      <LiveChart
        title="From commit to client" series={LATENCY} points={points} format={millis}
        nothing="No live event was sent in the last ten minutes."
      />
      <LiveChart title="Open connections" series={CONNECTIONS} points={points} format={count} stacked />
    </div>
  );
}

function pointOf({ at, per_second, delivery, connections }: NodeSample): Point {
  return {
    time: clockTime(at),
    log: per_second.log_events, appended: per_second.appended_events, deliveries: per_second.deliveries,
    p50: delivery.p50_ms, p95: delivery.p95_ms, p99: delivery.p99_ms,
    websocket: connections.websocket, sse: connections.sse, long_poll: connections.long_poll, socketio: connections.socketio,
  };
}
