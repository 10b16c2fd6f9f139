import { IconAlertTriangle } from '@tabler/icons-react';
import type { NodeState, Projection } from '@waybill/client';
import { plural } from '../../format.ts';
import { figure, inWords, millis, stretch } from './figures.ts';
import css from './operations.module.css';

interface TileProps {
  name: string;
  value: string;
  more: string;
  /** Why somebody should look, if somebody should. */
  attention?: string | null;
  stale: boolean;
}

/** A read model this far behind, in seconds, has stopped or does not keep up. */
const LAG_SECS = 10;
/** Clocks should agree to so many seconds: tokens are judged by the node's. */
const CLOCK_SECS = 1;
/** A node that lacks so many events of the log does not keep up. */
const LACKS = 1_000;

function Tile({ name, value, more, attention = null, stale }: TileProps) {
  return (
    <div className={css.tile} data-attention={attention === null ? undefined : true} data-stale={stale || undefined}>
      <dt>{name}</dt>
      <dd className={css.value}>{value}</dd>
      <dd className={css.more}>{more}</dd>
      {attention !== null && <dd className={css.attention}><IconAlertTriangle size={15} aria-hidden /> {attention}</dd>}
    </div>
  );
}

export interface Read<T> {
  readonly data: T | null;
  readonly stale: boolean;
}

/** The figures that matter most: of the node that is shown, and of the read models, which belong to no node. */
export function Tiles({ node, projections }: { node: Read<NodeState>; projections: Read<readonly Projection[]> }) {
  return (
    <dl className={css.tiles}>
      {node.data !== null && <TrafficTiles state={node.data} stale={node.stale} />}
      {projections.data !== null && <ProjectionTiles projections={projections.data} stale={projections.stale} />}
      {node.data !== null && <DatabaseTiles state={node.data} stale={node.stale} />}
    </dl>
  );
}

function TrafficTiles({ state, stale }: { state: NodeState; stale: boolean }) {
  const { connections, per_second, delivery, draining, waiting } = state;
  const open = Object.values(connections).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Tile
        name="Connections" value={figure(open)} stale={stale}
        more={`${plural(state.subscriptions, 'subscription')}; room for ${figure(state.connections_max)}`}
        attention={draining ? 'The node is stopping' : waiting > 0 ? `${plural(waiting, 'client')} waiting to be let in` : null}
      />
      <Tile
        name="Events a second" value={figure(per_second.log_events)} stale={stale}
        more={`${figure(per_second.appended_events)} of them appended here; ${figure(per_second.deliveries)} sent to clients`}
      />
      <Tile
        name="From commit to client" value={millis(delivery.p95_ms)} stale={stale}
        more={delivery.count === 0 ? 'no live event was sent in the last minute' : `95% were faster; half of them than ${millis(delivery.p50_ms)}, 99% than ${millis(delivery.p99_ms)}`}
      />
    </>
  );
}

function ProjectionTiles({ projections, stale }: { projections: readonly Projection[]; stale: boolean }) {
  const worst = projections.reduce<Projection | null>((most, one) => (most === null || one.lag_seconds > most.lag_seconds ? one : most), null);
  const parked = projections.reduce((sum, one) => sum + one.parked, 0);
  const stopped = projections.filter((one) => one.stopped_because !== null);
  return (
    <>
      <Tile
        name="Projection lag" value={plural(worst?.lag_events ?? 0, 'event')} stale={stale}
        more={worst === null || worst.lag_events === 0 ? 'every read model is up to date' : `${inWords(worst.name)}: the oldest waits for ${stretch(worst.lag_seconds)}`}
        attention={stopped.length > 0 ? `${stopped.map((one) => inWords(one.name)).join(', ')} stopped` : (worst?.lag_seconds ?? 0) > LAG_SECS ? 'Lists are old' : null}
      />
      <Tile
        name="Parked orders" value={figure(parked)} stale={stale} more={parked === 0 ? 'none has to be looked at' : 'their rows in lists are old'}
        attention={parked > 0 ? 'Somebody has to look' : null}
      />
    </>
  );
}

function DatabaseTiles({ state, stale }: { state: NodeState; stale: boolean }) {
  const { append, log, database, clock } = state;
  return (
    <>
      <Tile
        name="Head of the log" value={`#${state.position.toLocaleString()}`} more={`epoch ${state.epoch}`} stale={stale}
        attention={log.read_secs_ago > LAG_SECS ? `Not read for ${stretch(log.read_secs_ago)}` : log.lag_events > LACKS ? `This node lacks ${plural(log.lag_events, 'event')}` : null}
      />
      <Tile
        name="Appending" value={millis(append.p95_ms)} stale={stale}
        more={append.count === 0 ? 'nothing was appended in the last minute' : `95% of batches were faster; ${plural(state.append_queue, 'command')} waiting`}
      />
      <Tile
        name="Database connections" value={`${database.in_use} of ${database.max}`} more={`in use; ${database.idle} idle`} stale={stale}
        attention={database.waiting > 0 && database.in_use >= database.max ? `${plural(database.waiting, 'caller')} waiting for one` : null}
      />
      <Tile
        name="Clock" value={ahead(clock.ahead_secs)} more={`of the database’s, give or take ${millis(clock.uncertainty_secs * 1_000)}`} stale={stale}
        attention={Math.abs(clock.ahead_secs) > CLOCK_SECS ? 'Clocks should agree to a second' : null}
      />
    </>
  );
}

function ahead(secs: number): string {
  return `${millis(Math.abs(secs) * 1_000)} ${secs < 0 ? 'behind' : 'ahead'}`;
}
