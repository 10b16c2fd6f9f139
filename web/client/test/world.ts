/**
 * A model of Waybill in memory, and the machine let loose on it: every answer, loss and delay is the
 * test's to choose. Checks at each delivery that it is exactly the log's next event for that subscription.
 */
import type { ClientFrame, ServerFrame } from '../src/frames.ts';
import { step } from '../src/machine.ts';
import { type Delivery, type Effect, type Input, initial, type Subscription } from '../src/state.ts';
import type { OrderEvent } from '../src/wire.ts';

interface Wire {
  attempt: number;
  asked: Map<string, { topic: string; position: number }>;
  pending: ServerFrame[];
}

interface Follower {
  sub: Subscription;
  /** Position up to which this follower has state; null: none yet. */
  at: number | null;
  delivered: number;
  over: boolean;
}

export class World {
  machine = initial();
  log: OrderEvent[] = [];
  epoch = 1;
  socketsBlocked = false;
  networkDown = false;
  wire: Wire | undefined;
  asks: Extract<Effect, { do: 'poll' | 'load' }>[] = [];
  timers = new Set<string>();
  followers = new Map<number, Follower>();
  private late: { attempt: number; frames: ServerFrame[] }[] = [];
  private key = 1;
  private versions = new Map<string, number>();

  append(order: string): void {
    const version = (this.versions.get(order) ?? 0) + 1;
    this.versions.set(order, version);
    const position = this.log.length + 1;
    const event = {
      type: 'order.updated', event_id: `${this.epoch}-${position}`, aggregate_type: 'order', order_id: order,
      order_number: order, customer_id: 'ada', version, recorded_at: '', cursor: this.cursor(position), data: { changes: [] }, position,
    } as const satisfies OrderEvent;
    this.log.push(event);
    for (const [id, asked] of this.wire?.asked ?? []) {
      if (matches(asked.topic, event)) this.wire?.pending.push({ type: 'event', ids: [id], event });
      asked.position = position;
    }
  }

  /** A backup is restored: the newest events are gone, and the log has another name. */
  restore(keep: number): void {
    this.drop(1006, false);
    this.log = this.log.slice(0, keep).map((event) => ({ ...event }));
    this.versions = new Map(this.log.map((event) => [event.order_id, event.version]));
    this.epoch += 1;
    this.log.forEach((event, i) => (event.cursor = this.cursor(i + 1)));
  }

  follow(topic: string, snapshot: boolean): void {
    const at = snapshot ? null : this.log.length;
    const sub: Subscription = {
      topic, key: this.key++, snapshot, after: at === null ? null : this.cursor(at), round: 0, mode: 'none', seen: new Map(),
    };
    this.followers.set(sub.key, { sub, at, delivered: 0, over: false });
    this.tell({ type: 'subscribe', sub });
  }

  tell(input: Input): void {
    step(this.machine, input).forEach((effect) => this.perform(effect));
  }

  /** The socket ends; what was under way is lost, or comes later from the dead socket. */
  drop(code: number, late: boolean): void {
    const wire = this.wire;
    if (!wire) return;
    this.wire = undefined;
    if (late) this.late.push({ attempt: wire.attempt, frames: wire.pending });
    this.tell({ type: 'closed', attempt: wire.attempt, code });
  }

  deliverLate(): void {
    const late = this.late.pop();
    if (late) this.tell({ type: 'frames', ...late });
  }

  deliver(count: number): void {
    if (this.wire) this.tell({ type: 'frames', attempt: this.wire.attempt, frames: this.wire.pending.splice(0, count) });
  }

  /** The next event comes twice. */
  duplicate(): void {
    const pending = this.wire?.pending ?? [];
    const i = pending.findIndex((frame) => frame.type === 'event');
    if (pending[i]) pending.splice(i, 0, pending[i]);
  }

  /**
   * Two versions of one order change places, which no server should do. Only of an order that the
   * subscriber has seen before: of others nobody could tell.
   */
  swap(): void {
    const pending = this.wire?.pending ?? [];
    const i = pending.findIndex((a, i) => {
      const b = pending[i + 1];
      if (a.type !== 'event' || b?.type !== 'event' || a.ids[0] !== b.ids[0]) return false;
      const seen = this.followers.get(Number(a.ids[0]?.split('.')[0]))?.sub.seen;
      return a.event.order_id === b.event.order_id && seen?.get(a.event.order_id) === a.event.version - 1;
    });
    if (i >= 0) pending.splice(i, 2, ...pending.slice(i, i + 2).reverse());
  }

  answer(): void {
    const ask = this.asks.shift();
    if (!ask) return;
    const { attempt, sub } = ask;
    const to = { attempt, key: sub.key, round: sub.round };
    if (this.networkDown) {
      this.tell({ ...to, type: 'failed', failure: { status: 0, code: 'unreachable', detail: '' } });
    } else if (ask.do === 'load') {
      this.tell({ ...to, type: 'loaded', snapshot: { cursor: this.cursor(this.log.length) } });
    } else if (!this.valid(ask.after)) {
      this.tell({ ...to, type: 'failed', failure: { status: 410, code: 'reset', detail: '' } });
    } else {
      const rest = this.log.slice(position(ask.after)).filter((event) => matches(sub.topic, event));
      const data = rest.slice(0, 2);
      const more = data.length < rest.length;
      const end = more ? (data.at(-1)?.position ?? 0) : this.log.length;
      this.tell({ ...to, type: 'page', page: { data, more, cursor: this.cursor(end) } });
    }
  }

  fire(name: 'retry' | 'silence' | 'upgrade' | 'resume'): void {
    if (this.timers.delete(name)) this.tell({ type: 'timer', name });
  }

  /** Everything works again and has time to settle. */
  heal(): void {
    this.socketsBlocked = this.networkDown = false;
    this.tell({ type: 'start' });
    for (let i = 0; i < 40; i++) {
      this.fire('retry');
      this.fire('upgrade');
      this.answer();
      this.deliver(100);
    }
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'token':
        this.tell({ type: 'token', attempt: effect.attempt, token: `t${effect.attempt}` });
        break;
      case 'open':
        if (this.socketsBlocked || this.networkDown) this.tell({ type: 'closed', attempt: effect.attempt, code: 1006 });
        else {
          this.wire = { attempt: effect.attempt, asked: new Map(), pending: [{ type: 'welcome', connection_id: '', epoch: '', ping_secs: 10 }] };
          this.tell({ type: 'opened', attempt: effect.attempt });
        }
        break;
      case 'close':
        this.wire = undefined;
        break;
      case 'abort':
        this.asks = [];
        break;
      case 'send':
        effect.frames.forEach((frame) => this.receive(frame));
        break;
      case 'poll':
      case 'load':
        this.asks.push({ ...effect, sub: { ...effect.sub } });
        break;
      case 'timer':
        this.timers.add(effect.name);
        break;
      case 'cancel':
        this.timers.delete(effect.name);
        break;
      case 'deliver':
        this.check(effect.key, effect.delivery);
    }
  }

  private receive(frame: ClientFrame): void {
    const wire = this.wire;
    if (!wire) return;
    if (frame.type === 'unsubscribe') wire.asked.delete(frame.id);
    if (frame.type !== 'subscribe') return;
    const { id, topic } = frame;
    const head = this.cursor(this.log.length);
    if (frame.snapshot) {
      wire.pending.push({ type: 'subscribed', id, mode: 'live', cursor: head }, { type: 'snapshot', id, cursor: head });
    } else if (frame.after !== undefined && this.valid(frame.after)) {
      const missed = this.log.slice(position(frame.after)).filter((event) => matches(topic, event));
      wire.pending.push({ type: 'subscribed', id, mode: 'replay', cursor: frame.after });
      wire.pending.push(...missed.map((event): ServerFrame => ({ type: 'event', ids: [id], event })));
      wire.pending.push({ type: 'live', id, cursor: head });
    } else {
      wire.pending.push({ type: 'reset', id, reason: 'epoch' });
      return;
    }
    wire.asked.set(id, { topic, position: this.log.length });
  }

  private check(key: number, delivery: Delivery): void {
    const follower = this.followers.get(key);
    if (!follower || follower.over) throw new Error('delivered to nobody');
    if (delivery.kind === 'snapshot') follower.at = position(delivery.snapshot.cursor);
    if (delivery.kind === 'reset') {
      follower.at = null;
      if (!follower.sub.snapshot) {
        follower.over = true;
        this.follow(follower.sub.topic, false);
      }
    }
    if (delivery.kind !== 'event') return;
    if (follower.at === null) throw new Error('an event before the state that it changes');
    const next = this.log.slice(follower.at).find((event) => matches(follower.sub.topic, event));
    if (next?.event_id !== delivery.event.event_id) {
      throw new Error(`expected ${next?.event_id ?? 'nothing'}, got ${delivery.event.event_id}`);
    }
    follower.at = delivery.event.position ?? 0;
    follower.delivered += 1;
  }

  private cursor(position: number): string {
    return `${this.epoch}:${position}`;
  }

  private valid(cursor: string): boolean {
    return cursor.startsWith(`${this.epoch}:`);
  }
}

export function matches(topic: string, event: OrderEvent): boolean {
  return topic === 'orders' || topic === `order:${event.order_id}`;
}

function position(cursor: string): number {
  return Number(cursor.split(':')[1]);
}
