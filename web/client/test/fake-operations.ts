/** What admins are told of the nodes and the read models, in the shapes of the real server. */
import type { NodeSample, NodeState, Parked, Projection } from '../src/wire.ts';

const KEPT = 300;
const NOTHING = { count: 0, p50_ms: null, p95_ms: null, p99_ms: null };

export class FakeNode {
  readonly state: NodeState;
  private readonly samples: NodeSample[] = [];

  constructor(name: string, id = `019580aa-0000-7000-8000-00000000${name.length.toString(16).padStart(4, '0')}`) {
    const none = { websocket: 0, sse: 0, long_poll: 0, socketio: 0 };
    this.state = {
      node: { id, name, version: '0.1.0', started_at: '2026-03-02T07:30:00Z' },
      at: new Date().toISOString(), uptime_secs: 11_520, draining: false, position: 0, epoch: 1, connections: none, connections_max: 20_000,
      waiting: 0, subscriptions: 0, per_second: { log_events: 0, appended_events: 0, deliveries: 0 }, delivery: NOTHING, append: NOTHING,
      append_queue: 0, log: { lag_events: 0, read_secs_ago: 0.3 }, database: { in_use: 1, idle: 4, max: 16, waiting: 0 },
      clock: { ahead_secs: 0.0004, uncertainty_secs: 0.0002 }, sample_secs: 2, window_secs: 60, samples: [],
    };
  }

  /** Takes a sample of what the state says now. */
  sample(at = Date.now()): void {
    const { connections, per_second, delivery, append, append_queue, database } = this.state;
    const number = (this.samples.at(-1)?.number ?? 0) + 1;
    const sample = { number, at: new Date(at).toISOString(), connections, per_second, delivery, append, append_queue, database_in_use: database.in_use };
    this.samples.push(structuredClone(sample));
    if (this.samples.length > KEPT) this.samples.shift();
  }

  answer(query: URLSearchParams): NodeState {
    const after = query.get('node') === this.state.node.id ? Number(query.get('after') ?? 0) : 0;
    return { ...this.state, at: new Date().toISOString(), samples: this.samples.filter((sample) => sample.number > after) };
  }
}

export class FakeOperations {
  /** They answer in turn, as behind a balancer. */
  nodes = [new FakeNode('desk-1:8080')];
  projections: Projection[] = [projection('order_list'), projection('order_timeline'), projection('order_analytics')];
  parked: Parked[] = [];
  /** Orders of which a read model says why it still cannot follow them. */
  readonly stillParked = new Map<string, string>();
  /** Parts of `/v1/admin/` that answer with 503. */
  readonly broken = new Set<string>();
  /** What was asked for, without the reads. */
  readonly asked: string[] = [];
  private turn = 0;

  get node(): FakeNode {
    const [first] = this.nodes;
    if (!first) throw new Error('no node');
    return first;
  }

  projection(name: string): Projection {
    const found = this.projections.find((one) => one.name === name);
    if (!found) throw new Error(`no projection ${name}`);
    return found;
  }

  park(order_id: string, order_number: string, name = 'order_list', reason = 'OrderStatusChanged 1.0 at version 3: unknown status "lost"'): void {
    this.parked.push({
      projection: name, order_id, order_number, version: 3, position: 40 + this.parked.length, event_type: 'OrderStatusChanged', reason,
      parked_at: new Date(Date.now() - 7_200_000).toISOString(), waiting: 2,
    });
    this.projection(name).parked += 1;
  }

  /** The status and body of the answer; nothing if there is no such address. */
  route(method: string, url: URL): [number, unknown] | null {
    const [, , , part = '', id = '', action = ''] = url.pathname.split('/');
    if (this.broken.has(part)) {
      const detail = 'The database cannot be reached. Nothing was done.';
      return [503, { type: '/docs/problems#unavailable', title: 'unavailable', status: 503, code: 'unavailable', detail }];
    }
    if (method === 'POST') this.asked.push(`${id} ${action}${url.search}`);
    if (part === 'node') return [200, this.nodes[this.turn++ % this.nodes.length]?.answer(url.searchParams)];
    if (part === 'projections' && action === 'rebuild') return this.rebuild(id);
    if (part === 'projections') return [200, { data: this.projections, next_cursor: null }];
    if (part === 'parked' && action === 'redrive') return [200, this.redrive(id, url.searchParams.get('projection') ?? '')];
    if (part === 'parked') return [200, { data: this.parked, next_cursor: null }];
    return null;
  }

  private rebuild(name: string): [number, unknown] {
    const started_at = new Date().toISOString();
    const one = this.projection(name);
    if (one.rebuild?.running) {
      const detail = 'This read model is being rebuilt, perhaps by another node.';
      return [409, { type: '/docs/problems#rebuild_running', title: 'rebuild_running', status: 409, code: 'rebuild_running', detail }];
    }
    one.rebuild = { running: true, phase: 'clearing', done: 0, total: 1, started_at, finished_at: null, outcome: null };
    return [202, { projection: name, outcome: 'begun' }];
  }

  private redrive(order_id: string, name: string): unknown {
    const reason = this.stillParked.get(order_id);
    const found = this.parked.some((one) => one.order_id === order_id && one.projection === name);
    const outcome = !found ? 'not_parked' : reason === undefined ? 'unparked' : 'still_parked';
    if (outcome === 'unparked') {
      this.parked = this.parked.filter((one) => one.order_id !== order_id || one.projection !== name);
      this.projection(name).parked -= 1;
    }
    return { order_id, results: [{ projection: name, outcome, ...(reason !== undefined && found && { reason }) }] };
  }
}

function projection(name: string): Projection {
  return { name, position: 1_204_331, head: 1_204_331, lag_events: 0, lag_seconds: 0, parked: 0, stopped_because: null, updated_at: new Date().toISOString(), rebuild: null };
}
