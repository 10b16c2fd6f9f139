/**
 * The connection as a state machine: `step` is told what happened and answers what to do. It reads
 * no clock, draws no random number and touches no network, so a test can lead it through any
 * sequence of drops, repeats and resets. It changes the machine it is given, and nothing else.
 *
 * It speaks frames only: that some of them travel over plain requests is the business of `transports/`.
 */
import { CLOSE, type Frame, isFinal, type Welcome } from './frames.ts';
import { finish, reconnect, refusedToken, release, retryAfter, showStatus, stop } from './retry.ts';
import type { Effect, Input, Machine } from './state.ts';
import { acceptEvent, acceptSnapshot, becomeLive, byWireId, refuse, request, restart, unsubscribe } from './subscriptions.ts';

/** Until a server says `welcome`. */
const WELCOME_MS = 10_000;
/** While on another transport, how soon to see whether a WebSocket works by now: twice as late each time. */
const PROBE_MS = 2_000;
const PROBE_MAX_MS = 60_000;
/** WebSockets in a row that never got a word before something else is used. */
const MUTE_MAX = 2;
/** How soon to subscribe again after a refusal that may pass. */
const RESUME_MS = 5_000;

export function step(m: Machine, input: Input): Effect[] {
  return showStatus(m, react(m, input));
}

function react(m: Machine, input: Input): Effect[] {
  if ('attempt' in input && m.probe !== 0 && input.attempt === m.probe) return onProbe(m, input);
  if ('attempt' in input && input.attempt !== m.attempt) return [];
  switch (input.type) {
    case 'start':
      return m.phase === 'stopped' ? reconnect(m) : [];
    case 'stop':
      return stop(m, 'closed');
    case 'token':
      return takeToken(m, input.token);
    case 'opened':
      return hello(m, input.attempt);
    case 'frames':
      return [...(m.phase === 'open' ? watch(m) : []), ...input.frames.flatMap((frame) => onFrame(m, frame))];
    case 'closed':
      return onClosed(m, input.code, input.withinMs);
    case 'timer':
      return onTimer(m, input.name);
    case 'retry':
      if (m.phase === 'open') return m.at > 0 ? probe(m) : [];
      // As if nothing were known of the way, but without waiting for a second WebSocket to fail.
      m.first = 0;
      m.fallback = 1;
      m.mute = MUTE_MAX - 1;
      return m.phase === 'waiting' ? reconnect(m) : [];
    case 'wake':
      return m.phase === 'waiting' ? reconnect(m) : [];
    case 'offline':
      if (m.phase === 'stopped') return [];
      m.status = { state: 'offline' };
      return retryAfter(m);
    case 'subscribe':
      m.subs.set(input.sub.key, input.sub);
      return request(m, [input.sub]);
    case 'unsubscribe': {
      const sub = m.subs.get(input.key);
      m.subs.delete(input.key);
      return sub ? unsubscribe(m, sub) : [];
    }
  }
}

function takeToken(m: Machine, token: string | null): Effect[] {
  if (m.phase === 'open') {
    if (token === null || token === m.token) return [];
    m.token = token;
    return [{ do: 'send', attempt: m.attempt, frames: [{ type: 'auth', token }] }];
  }
  // A callback that has nothing newer than what was just refused would have us ask for ever.
  if (token === null || token === m.refusedToken) return stop(m, 'unauthorized');
  m.token = token;
  return dial(m, m.first);
}

/** Opens a connection by one of the transports. */
function dial(m: Machine, at: number): Effect[] {
  const effects = release(m);
  const transport = m.transports[at];
  if (!transport) return retryAfter(m);
  m.phase = 'dialing';
  m.at = at;
  m.attempt = ++m.attempts;
  return [
    ...effects,
    { do: 'open', attempt: m.attempt, transport },
    { do: 'timer', name: 'silence', ms: WELCOME_MS, jitter: false },
  ];
}

function hello(m: Machine, attempt: number): Effect[] {
  return m.token === null ? [] : [{ do: 'send', attempt, frames: [{ type: 'hello', token: m.token }] }];
}

function onFrame(m: Machine, frame: Frame): Effect[] {
  switch (frame.type) {
    case 'welcome':
      return m.phase === 'dialing' ? welcome(m, frame) : [];
    case 'event':
      return frame.ids.flatMap((id) => {
        const sub = byWireId(m, id);
        return sub ? acceptEvent(m, sub, frame.event, frame.order) : [];
      });
    case 'ping':
      m.failures = 0;
      return [{ do: 'send', attempt: m.attempt, frames: [{ type: 'pong' }] }];
    case 'auth_expiring':
      return [{ do: 'token', attempt: m.attempt }];
    case 'drain':
      m.draining = true;
      return [{ do: 'timer', name: 'retry', ms: frame.retry_within_ms, jitter: true }];
    default:
      return onSubscriptionFrame(m, frame);
  }
}

function welcome(m: Machine, { ping_secs, subject, epoch }: Welcome): Effect[] {
  m.phase = 'open';
  m.first = m.at;
  m.mute = 0;
  m.refusedToken = null;
  m.pingMs = ping_secs * 1000;
  const effects: Effect[] = [{ do: 'cancel', name: 'silence' }, ...watch(m)];
  if (m.at > 0) effects.push(probeLater(m));
  else m.probes = 0;
  const before = m.identity;
  if (subject !== undefined) {
    const same = before?.subject === subject;
    if (!same || (epoch !== undefined && epoch !== before.epoch)) m.identity = { subject, epoch: epoch ?? null };
    if (before && !same) {
      // What somebody else was shown is not to be added to.
      return [...effects, ...[...m.subs.values()].flatMap((sub) => (sub.mode === 'refused' ? [] : restart(m, sub, 'subject')))];
    }
  }
  return [...effects, ...request(m, m.subs.values())];
}

/** Pings tell that a WebSocket is alive; where there are none, the transport watches over itself. */
function watch(m: Machine): Effect[] {
  return m.pingMs > 0 ? [{ do: 'timer', name: 'silence', ms: m.pingMs * 1.5, jitter: false }] : [];
}

function onSubscriptionFrame(m: Machine, frame: Frame): Effect[] {
  const sub = 'id' in frame ? byWireId(m, frame.id) : undefined;
  if (!sub) return [];
  switch (frame.type) {
    case 'subscribed':
      // Also in place of `now`, which would mean another moment after the next loss.
      if (!sub.snapshot || sub.after !== null) sub.after = frame.cursor;
      if (frame.mode === 'live') return becomeLive(sub);
      sub.mode = 'replay';
      return [];
    case 'snapshot': {
      const { cursor, order, orders, next_cursor } = frame;
      return acceptSnapshot(sub, { cursor, ...(order && { order }), ...(orders && { orders }), ...(next_cursor && { next_cursor }) });
    }
    case 'live':
      m.failures = 0;
      moveCursor(sub, frame.cursor);
      return becomeLive(sub);
    case 'cursor':
      moveCursor(sub, frame.cursor);
      return [];
    case 'reset':
      return restart(m, sub, frame.reason);
    case 'error':
      if (!frame.retry) return refuse(sub, frame.code, frame.detail);
      sub.mode = 'deferred';
      return [{ do: 'timer', name: 'resume', ms: RESUME_MS, jitter: true }];
    default:
      return [];
  }
}

function moveCursor(sub: { after: string | null }, cursor: string): void {
  if (sub.after !== null) sub.after = cursor;
}

function onClosed(m: Machine, code: number, withinMs?: number): Effect[] {
  if (m.phase === 'stopped' || m.phase === 'waiting') return [];
  if (isFinal(code)) return stop(m, finish(code));
  if (code === CLOSE.unauthorized) return refusedToken(m);
  const next = m.transports[m.at] === 'websocket' ? m.fallback : m.at + 1;
  if (code === CLOSE.useless && m.transports[next]) {
    m.fallback = next;
    return dial(m, next);
  }
  if (m.phase === 'dialing' && code < 4000) {
    // A WebSocket that does not come about may be kept off by something on the way; a request by nothing but absence.
    if (m.transports[m.at] === 'websocket' && ++m.mute >= MUTE_MAX && m.transports[next]) return dial(m, next);
    m.first = 0;
  }
  if (m.phase !== 'open') m.status = { state: 'offline' };
  return retryAfter(m, withinMs);
}

/** Tries the first transport while another one goes on working. */
function probe(m: Machine): Effect[] {
  const transport = m.transports[0];
  if (m.probe !== 0 || transport === undefined) return [];
  m.probe = ++m.attempts;
  m.probes += 1;
  return [
    { do: 'open', attempt: m.probe, transport },
    // Also the time after which it has come to nothing.
    { do: 'timer', name: 'probe', ms: WELCOME_MS, jitter: false },
  ];
}

function probeLater(m: Machine): Effect {
  return { do: 'timer', name: 'probe', ms: Math.min(PROBE_MAX_MS, PROBE_MS * 2 ** m.probes), jitter: true };
}

function onProbe(m: Machine, input: Extract<Input, { attempt: number }>): Effect[] {
  if (input.type === 'opened') return hello(m, input.attempt);
  const greeting = input.type === 'frames' ? input.frames.find((frame) => frame.type === 'welcome') : undefined;
  if (greeting) {
    const attempt = m.probe;
    m.probe = 0;
    const effects = release(m);
    m.attempt = attempt;
    m.at = 0;
    return [...effects, ...welcome(m, greeting)];
  }
  if (input.type !== 'closed') return [];
  m.probe = 0;
  // Whatever is wrong with it, what works is not given up for it; a bad token shows there, too.
  return [probeLater(m)];
}

function onTimer(m: Machine, name: string): Effect[] {
  switch (name) {
    case 'retry':
      return m.phase === 'stopped' ? [] : reconnect(m);
    case 'probe': {
      if (m.phase !== 'open' || m.at === 0) return [];
      if (m.probe === 0) return probe(m);
      const attempt = m.probe;
      m.probe = 0;
      return [{ do: 'close', attempt }, probeLater(m)];
    }
    case 'silence':
      return onClosed(m, m.phase === 'dialing' ? CLOSE.lost : CLOSE.noPong);
    default:
      return request(m, [...m.subs.values()].filter((sub) => {
        if (sub.mode !== 'deferred') return false;
        sub.mode = 'none';
        sub.round += 1;
        return true;
      }));
  }
}
