/** The part of the machine that is about one subscription: what to ask for, and what to hand on exactly once. */
import type { ClientFrame, ResetReason, Snapshot } from './frames.ts';
import type { Effect, Machine, Subscription } from './state.ts';
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

export function subscribeFrame(sub: Subscription): ClientFrame {
  return {
    type: 'subscribe',
    id: wireId(sub),
    topic: sub.topic,
    ...(wantsSnapshot(sub) ? { snapshot: true } : { after: sub.after ?? 'now' }),
    ...(sub.types && { types: sub.types }),
    ...(sub.include && { include: sub.include }),
  };
}

/** Asks on the current transport, from the subscription's own cursor. */
export function request(m: Machine, sub: Subscription, waitSecs = 0): Effect[] {
  if (sub.mode === 'refused') return [];
  if (m.phase === 'open') return [{ do: 'send', frames: [subscribeFrame(sub)] }];
  if (m.phase !== 'polling') return [];
  if (wantsSnapshot(sub)) return [{ do: 'load', attempt: m.attempt, sub }];
  return [{ do: 'poll', attempt: m.attempt, sub, after: sub.after ?? 'now', waitSecs }];
}

export function acceptSnapshot(sub: Subscription, snapshot: Snapshot): Effect[] {
  if (!wantsSnapshot(sub)) return [];
  sub.after = snapshot.cursor;
  sub.seen.clear();
  const effects: Effect[] = [{ do: 'deliver', key: sub.key, delivery: { kind: 'snapshot', snapshot } }];
  if (isLive(sub)) effects.push({ do: 'deliver', key: sub.key, delivery: { kind: 'live' } });
  return effects;
}

/**
 * Hands an event on unless it was handed on before. A subscription to all types sees every version
 * of an order, so a version left out means that something was lost: better to start anew than to go
 * on with a wrong state.
 */
export function acceptEvent(m: Machine, sub: Subscription, event: OrderEvent, order?: OrderSummary): Effect[] {
  if (wantsSnapshot(sub) || sub.mode === 'refused') return [];
  const last = sub.seen.get(event.order_id);
  if (last !== undefined && event.version <= last) return [];
  if (last !== undefined && event.version > last + 1 && !sub.types) return restart(m, sub, 'gap');
  sub.seen.delete(event.order_id);
  sub.seen.set(event.order_id, event.version);
  if (sub.seen.size > SEEN_MAX) sub.seen.delete(sub.seen.keys().next().value ?? '');
  sub.after = event.cursor;
  return [{ do: 'deliver', key: sub.key, delivery: { kind: 'event', event, order, live: isLive(sub) } }];
}

export function becomeLive(sub: Subscription): Effect[] {
  const before = isLive(sub);
  sub.mode = 'live';
  return isLive(sub) && !before ? [{ do: 'deliver', key: sub.key, delivery: { kind: 'live' } }] : [];
}

/** The state behind this subscription is worth nothing any more: say so, and begin again if that was agreed. */
export function restart(m: Machine, sub: Subscription, reason: ResetReason | 'gap'): Effect[] {
  const effects: Effect[] = [{ do: 'deliver', key: sub.key, delivery: { kind: 'reset', reason } }];
  if (reason === 'gap' && m.phase === 'open') {
    effects.push({ do: 'send', frames: [{ type: 'unsubscribe', id: wireId(sub) }] });
  }
  sub.round += 1;
  sub.after = null;
  sub.seen.clear();
  sub.mode = sub.snapshot ? 'none' : 'refused';
  return [...effects, ...request(m, sub)];
}

export function refuse(sub: Subscription, code: string, detail: string): Effect[] {
  sub.mode = 'refused';
  return [{ do: 'deliver', key: sub.key, delivery: { kind: 'error', code, detail } }];
}
