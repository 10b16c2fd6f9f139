/**
 * A model of Waybill in memory, and the machine let loose on it: every answer, loss and delay is the
 * test's to choose. Checks at each delivery that it is exactly the log's next event for that subscription.
 */
import { CLOSE, type ClientFrame, type Frame } from '../src/frames.ts';
import { step } from '../src/machine.ts';
import { type Delivery, type Effect, type Input, initial, newSubscription, type Subscription, type TimerName } from '../src/state.ts';
import type { Transport } from '../src/transports/transport.ts';
import type { OrderEvent } from '../src/wire.ts';
import { Follower, matches, positionOf, versionsOf } from './follower.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

interface Line {
  attempt: number;
  transport: Transport;
  /** For whom the server holds it. */
  subject: string;
  asked: Map<string, string>;
  pending: Frame[];
}

export class World {
  machine = initial(['websocket', 'sse', 'poll']);
  log: OrderEvent[] = [];
  epoch = 1;
  subject = 'ada';
  /** Tokens before this one have expired. */
  token = 1;
  socketsBlocked = false;
  streamsBlocked = false;
  networkDown = false;
  lines = new Map<number, Line>();
  timers = new Set<string>();
  followers = new Map<number, { sub: Subscription; follower: Follower; whose: string | null }>();
  used = new Set<Transport>();
  private readonly inbox: Input[] = [];
  private late: { attempt: number; frames: Frame[] }[] = [];
  private key = 1;
  private versions = new Map<string, number>();

  append(order: string): void {
    const version = (this.versions.get(order) ?? 0) + 1;
    this.versions.set(order, version);
    const position = this.log.length + 1;
    const names = { event_id: `${this.epoch}-${position}`, order_id: order, order_number: order };
    const event = sampleEvent('order.updated', { changes: [] }, { ...names, version, cursor: this.cursor(position), position });
    this.log.push(event);
    for (const { asked, pending } of this.lines.values()) {
      const ids = [...asked].filter(([, topic]) => matches(topic, event)).map(([id]) => id);
      if (ids.length > 0) pending.push({ type: 'event', ids, event });
    }
  }

  /** A backup is restored: the newest events are gone, and the log has another name. */
  restore(keep: number): void {
    this.dropAll(CLOSE.lost, false);
    this.log = this.log.slice(0, keep).map((event) => ({ ...event }));
    this.versions = new Map(this.log.map((event) => [event.order_id, event.version]));
    this.epoch += 1;
    this.log.forEach((event, i) => (event.cursor = this.cursor(i + 1)));
  }

  follow(topic: string, snapshot: boolean): void {
    const at = snapshot ? null : this.log.length;
    const sub = newSubscription({ topic }, this.key++, at === null ? null : this.cursor(at), snapshot);
    this.followers.set(sub.key, { sub, follower: new Follower(this, topic, at), whose: null });
    this.tell({ type: 'subscribe', sub });
  }

  /** What is caused on the way waits its turn, as it does in a client. */
  tell(input: Input): void {
    this.inbox.push(input);
    if (this.inbox.length > 1) return;
    for (let next = this.inbox[0]; next; next = this.inbox[0]) {
      step(this.machine, next).forEach((effect) => this.perform(effect));
      this.inbox.shift();
    }
  }

  /** Every connection ends; what was under way is lost, or comes later from the dead one. */
  dropAll(code: number, late: boolean): void {
    for (const { attempt, pending } of [...this.lines.values()]) {
      this.lines.delete(attempt);
      if (late) this.late.push({ attempt, frames: pending });
      this.tell({ type: 'closed', attempt, code });
    }
  }

  deliverLate(): void {
    const late = this.late.pop();
    if (late) this.tell({ type: 'frames', ...late });
  }

  deliver(count: number): void {
    for (const { attempt, pending } of [...this.lines.values()]) {
      if (pending.length > 0) this.tell({ type: 'frames', attempt, frames: pending.splice(0, count) });
    }
  }

  /** The next event comes twice. */
  duplicate(): void {
    const pending = this.open?.pending ?? [];
    const i = pending.findIndex((frame) => frame.type === 'event');
    if (pending[i]) pending.splice(i, 0, pending[i]);
  }

  /**
   * Two versions of one order change places, which no server should do. Only of an order that the
   * subscriber has seen before: of others nobody could tell.
   */
  swap(): void {
    const pending = this.open?.pending ?? [];
    const i = pending.findIndex((a, i) => {
      const b = pending[i + 1];
      if (a.type !== 'event' || b?.type !== 'event' || a.ids.join() !== b.ids.join()) return false;
      return a.event.order_id === b.event.order_id && a.ids.every((id) => {
        const seen = this.followers.get(Number(id.split('.')[0]))?.sub.seen;
        return seen?.get(a.event.order_id) === a.event.version - 1;
      });
    });
    if (i >= 0) pending.splice(i, 2, ...pending.slice(i, i + 2).reverse());
  }

  /** Tokens given so far end: with a word before, if the client is quick, or at once. */
  expire(warned: boolean): void {
    const { open } = this;
    this.token += 1;
    if (warned) open?.pending.push({ type: 'auth_expiring', in_secs: 30 });
    else this.dropAll(CLOSE.unauthorized, true);
  }

  fire(name: TimerName): void {
    if (this.timers.delete(name)) this.tell({ type: 'timer', name });
  }

  /** Everything works again and has time to settle. */
  heal(): void {
    this.socketsBlocked = this.streamsBlocked = this.networkDown = false;
    this.tell({ type: 'start' });
    for (let i = 0; i < 40; i++) {
      this.fire('retry');
      this.fire('probe');
      this.fire('resume');
      this.deliver(100);
    }
  }

  private get open(): Line | undefined {
    return this.lines.get(this.machine.attempt);
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case 'token':
        this.tell({ type: 'token', attempt: effect.attempt, token: `t${this.token}` });
        break;
      case 'open':
        this.dial(effect.attempt, effect.transport);
        break;
      case 'close':
        this.lines.delete(effect.attempt);
        break;
      case 'send':
        effect.frames.forEach((frame) => this.receive(effect.attempt, frame));
        break;
      case 'timer':
        this.timers.add(effect.name);
        break;
      case 'cancel':
        this.timers.delete(effect.name);
        break;
      case 'deliver':
        this.check(effect.key, effect.delivery, effect.cursor);
    }
  }

  private dial(attempt: number, transport: Transport): void {
    if (this.networkDown || (this.socketsBlocked && transport === 'websocket')) {
      this.tell({ type: 'closed', attempt, code: CLOSE.lost });
      return;
    }
    this.lines.set(attempt, { attempt, transport, subject: '', asked: new Map(), pending: [] });
    this.tell({ type: 'opened', attempt });
  }

  private receive(attempt: number, frame: ClientFrame): void {
    const line = this.lines.get(attempt);
    if (!line) return;
    if ('token' in frame && frame.token !== `t${this.token}`) {
      this.lines.delete(attempt);
      this.tell({ type: 'closed', attempt, code: CLOSE.unauthorized });
      return;
    }
    if (frame.type === 'hello') {
      const more = line.transport === 'websocket' ? { epoch: this.epoch, ping_secs: 10 } : { ping_secs: 0 };
      line.subject = this.subject;
      line.pending.push({ type: 'welcome', subject: this.subject, ...more });
    }
    if (frame.type === 'unsubscribe') line.asked.delete(frame.id);
    if (frame.type !== 'subscribe') return;
    this.used.add(line.transport);
    if (line.transport === 'sse' && this.streamsBlocked) {
      this.lines.delete(attempt);
      this.tell({ type: 'closed', attempt, code: CLOSE.useless });
      return;
    }
    const { id, topic, after, snapshot } = frame;
    const head = this.cursor(this.log.length);
    if (snapshot) {
      const orders = [...versionsOf(this, topic)].map(([order_id, version]) => sampleSummary({ order_id, version }));
      line.pending.push({ type: 'subscribed', id, mode: 'live', cursor: head }, { type: 'snapshot', id, cursor: head, orders });
    } else if (after !== undefined && this.valid(after)) {
      const missed = this.log.slice(positionOf(after)).filter((event) => matches(topic, event));
      line.pending.push({ type: 'subscribed', id, mode: 'replay', cursor: after });
      line.pending.push(...missed.map((event): Frame => ({ type: 'event', ids: [id], event })));
      line.pending.push({ type: 'live', id, cursor: head });
    } else {
      line.pending.push({ type: 'reset', id, reason: 'epoch' });
      return;
    }
    line.asked.set(id, topic);
  }

  private check(key: number, delivery: Delivery, cursor: string | null): void {
    const known = this.followers.get(key);
    if (!known) throw new Error('delivered to nobody');
    const { sub, follower } = known;
    follower.hear(delivery);
    // Unknown where the connection was lost while this was on its way.
    const subject = this.open?.subject;
    if (delivery.kind === 'reset') known.whose = null;
    else known.whose ??= subject ?? null;
    if (known.whose !== null && subject !== undefined && known.whose !== subject) throw new Error('what one person saw was mixed with what another sees');
    if (delivery.kind === 'event' && cursor !== delivery.event.cursor) throw new Error(`the cursor of ${delivery.event.event_id} is ${cursor ?? 'none'}`);
    if (follower.over) this.follow(sub.topic, false);
  }

  private cursor(position: number): string {
    return `${this.epoch}:${position}`;
  }

  private valid(cursor: string): boolean {
    return cursor.startsWith(`${this.epoch}:`);
  }
}
