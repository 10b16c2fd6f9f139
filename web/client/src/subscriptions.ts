/** The part of the machine that is about one subscription: what to ask for, and what to hand on exactly once. */
import type { ClientFrame } from './frames.ts';
import type { Delivery, Effect, Machine, Snapshot, Subscription } from './state.ts';
import type { OrderEvent, OrderSummary } from './wire.ts';

/** Orders whose last version a subscription remembers. Beyond it the server's own promise has to do. */
const SEEN_MAX = 5_000;

export function wireId(sub: Subscription): string {
  return `${sub.key}.${sub.round}`;
}

/** The subscription that a frame is for, or nothing if the frame answers a request since given up. */
export function byWireId(m: Machine, id: string): Subscription | undefined {
  const sub = m.subs.get(Number(id.split('.')[0]));
  return sub && wireId(sub) === id ? sub : undefined;
}

export function wantsSnapshot(sub: Subscription): boolean {
  return sub.snapshot && sub.after === null;
}

export function isLive(sub: Subscription): boolean {
  return sub.mode === 'live' && !wantsSnapshot(sub);
}

function subscribeFrame(sub: Subscription): ClientFrame {
  return {
    type: 'subscribe',
    id: wireId(sub),
    topic: sub.topic,
    ...(wantsSnapshot(sub) ? { snapshot: true } : { after: sub.after ?? 'now' }),
    ...(sub.types && { types: [...sub.types] }),
    ...(sub.include && { include: sub.include }),
  };
}

/** Asks for subscriptions, each from its own cursor, where there is a connection. */
export function request(m: Machine, subs: Iterable<Subscription>): Effect[] {
  const frames = [...subs].filter((sub) => sub.mode !== 'refused').map(subscribeFrame);
  return m.phase === 'open' && frames.length > 0 ? [{ do: 'send', attempt: m.attempt, frames }] : [];
}

export function unsubscribe(m: Machine, sub: Subscription): Effect[] {
  return m.phase === 'open' ? [{ do: 'send', attempt: m.attempt, frames: [{ type: 'unsubscribe', id: wireId(sub) }] }] : [];
}

function deliver(sub: Subscription, delivery: Delivery): Effect {
  return { do: 'deliver', key: sub.key, cursor: sub.after, delivery };
}

export function acceptSnapshot(sub: Subscription, snapshot: Snapshot): Effect[] {
  if (!wantsSnapshot(sub)) return [];
  sub.after = snapshot.cursor;
  sub.seen.clear();
  return [deliver(sub, { kind: 'snapshot', snapshot }), ...(isLive(sub) ? [caughtUp(sub)] : [])];
}

/**
 * Hands an event on unless it was handed on before. A subscription to all types sees every version
 * of an order, so a version left out means that something was lost: better to start anew than to go
 * on with a wrong state.
 */
export function acceptEvent(m: Machine, sub: Subscription, event: OrderEvent, order?: OrderSummary): Effect[] {
  if (wantsSnapshot(sub) || sub.mode === 'refused') return [];
  const { order_id, version } = event;
  const last = sub.seen.get(order_id);
  if (last !== undefined && version <= last) return [];
  if (last !== undefined && version > last + 1 && !sub.types) return [...unsubscribe(m, sub), ...restart(m, sub, 'gap')];
  sub.seen.delete(order_id);
  sub.seen.set(order_id, version);
  if (sub.seen.size > SEEN_MAX) sub.seen.delete(sub.seen.keys().next().value ?? '');
  sub.after = event.cursor;
  const live = isLive(sub);
  if (!live && sub.missed.size < SEEN_MAX) sub.missed.add(order_id);
  return [deliver(sub, { kind: 'event', event, order, live })];
}

export function becomeLive(sub: Subscription): Effect[] {
  const before = isLive(sub);
  sub.mode = 'live';
  return isLive(sub) && !before ? [caughtUp(sub)] : [];
}

function caughtUp(sub: Subscription): Effect {
  const missed = sub.missed.size;
  sub.missed.clear();
  return deliver(sub, { kind: 'live', missed });
}

/** The state behind this subscription is worth nothing any more: say so, and begin again if that was agreed. */
export function restart(m: Machine, sub: Subscription, reason: Extract<Delivery, { kind: 'reset' }>['reason']): Effect[] {
  sub.round += 1;
  sub.after = null;
  sub.seen.clear();
  sub.missed.clear();
  sub.mode = sub.snapshot ? 'none' : 'refused';
  return [deliver(sub, { kind: 'reset', reason }), ...request(m, [sub])];
}

export function refuse(sub: Subscription, code: string, detail: string): Effect[] {
  sub.mode = 'refused';
  return [deliver(sub, { kind: 'error', code, detail })];
}
