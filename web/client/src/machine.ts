/**
 * The connection as a state machine: `step` is told what happened and answers what to do. It reads
 * no clock, draws no random number and touches no network, so a test can lead it through any
 * sequence of drops, repeats and resets. It changes the machine it is given, and nothing else.
 */
import { CLOSE, isFinal, type ServerFrame } from './frames.ts';
import { askToken, finish, reconnect, refusedToken, retryAfter, showStatus, stop } from './retry.ts';
import type { Effect, Failure, Input, Machine } from './state.ts';
import {
  acceptEvent, acceptSnapshot, becomeLive, byWireId, refuse, request, restart, subscribeFrame, wireId,
} from './subscriptions.ts';

/** Until a socket says `welcome`. */
const WELCOME_MS = 10_000;
/** How long the server may hold a poll open. */
const POLL_WAIT_SECS = 25;
/**
 * While polling, how soon to see whether a socket works again: at once, since perhaps the server was merely away when
 * the sockets failed, then twice as late each time, up to a minute.
 */
const UPGRADE_MS = 2_000;
const UPGRADE_MAX_MS = 60_000;
/** Mute sockets in a row before polling. */
const MUTE_MAX = 2;
/** How soon to subscribe again after a refusal that may pass. */
const RESUME_MS = 5_000;

export function step(m: Machine, input: Input): Effect[] {
  return showStatus(m, react(m, input));
}

function react(m: Machine, input: Input): Effect[] {
  if ('attempt' in input && input.attempt !== m.attempt) return [];
  switch (input.type) {
    case 'start':
      return m.phase === 'stopped' ? askToken(m) : [];
    case 'stop':
      return stop(m, 'closed');
    case 'token':
      return takeToken(m, input.token);
    case 'opened':
      return m.token === null ? [] : [{ do: 'send', frames: [{ type: 'hello', token: m.token }] }];
    case 'frames':
      m.heard = true;
      return input.frames.flatMap((frame) => onFrame(m, frame));
    case 'closed':
      return onClosed(m, input.code, input.withinMs);
    case 'timer':
      return onTimer(m, input.name);
    case 'wake':
      return m.phase === 'waiting' ? askToken(m) : [];
    case 'offline':
      if (m.phase === 'stopped') return [];
      m.status = { state: 'offline' };
      return retryAfter(m);
    case 'subscribe':
      m.subs.set(input.sub.key, input.sub);
      return request(m, input.sub);
    case 'unsubscribe': {
      const sub = m.subs.get(input.key);
      m.subs.delete(input.key);
      if (!sub) return [];
      if (m.phase === 'polling') return [{ do: 'abort', key: sub.key }];
      return m.phase === 'open' ? [{ do: 'send', frames: [{ type: 'unsubscribe', id: wireId(sub) }] }] : [];
    }
    default:
      return onAnswer(m, input);
  }
}

function takeToken(m: Machine, token: string | null): Effect[] {
  if (m.phase === 'open') {
    if (token === null || token === m.token) return [];
    m.token = token;
    return [{ do: 'send', frames: [{ type: 'auth', token }] }];
  }
  if (m.phase !== 'token') return [];
  // A callback that has nothing newer than what was just refused would have us ask for ever.
  if (token === null || token === m.refusedToken) return stop(m, 'unauthorized');
  m.token = token;
  return m.mute >= MUTE_MAX ? startPolling(m) : dial(m);
}

function dial(m: Machine): Effect[] {
  m.phase = 'dialing';
  m.heard = false;
  return [
    { do: 'open', attempt: m.attempt },
    { do: 'timer', name: 'silence', ms: WELCOME_MS, jitter: false },
  ];
}

function startPolling(m: Machine): Effect[] {
  m.phase = 'polling';
  const requests = [...m.subs.values()].flatMap((sub) => request(m, sub));
  return [...requests, { do: 'timer', name: 'upgrade', ms: Math.min(UPGRADE_MAX_MS, UPGRADE_MS * 2 ** m.upgrades), jitter: true }];
}

function onFrame(m: Machine, frame: ServerFrame): Effect[] {
  switch (frame.type) {
    case 'welcome':
      return welcome(m, frame.ping_secs);
    case 'event':
      return frame.ids.flatMap((id) => {
        const sub = byWireId(m, id);
        return sub ? acceptEvent(m, sub, frame.event, frame.order) : [];
      });
    case 'ping':
      m.failures = 0;
      return [{ do: 'send', frames: [{ type: 'pong' }] }];
    case 'auth_expiring':
      return [{ do: 'token', attempt: m.attempt }];
    case 'drain':
      m.draining = true;
      return [{ do: 'timer', name: 'retry', ms: frame.retry_within_ms, jitter: true }];
    default:
      return onSubscriptionFrame(m, frame);
  }
}

function welcome(m: Machine, pingSecs: number): Effect[] {
  if (m.phase !== 'dialing') return [];
  m.phase = 'open';
  m.mute = 0;
  m.upgrades = 0;
  m.refusedToken = null;
  m.pingMs = pingSecs * 1000;
  const frames = [...m.subs.values()].filter((sub) => sub.mode !== 'refused').map(subscribeFrame);
  return [
    { do: 'timer', name: 'silence', ms: m.pingMs * 1.5, jitter: false },
    ...(frames.length > 0 ? [{ do: 'send', frames } as const] : []),
  ];
}

function onSubscriptionFrame(m: Machine, frame: ServerFrame): Effect[] {
  const sub = 'id' in frame ? byWireId(m, frame.id) : undefined;
  if (!sub) return [];
  switch (frame.type) {
    case 'subscribed':
      sub.after ??= sub.snapshot ? null : frame.cursor;
      if (frame.mode === 'live') return becomeLive(sub);
      sub.mode = 'replay';
      return [];
    case 'snapshot':
      return acceptSnapshot(sub, frame);
    case 'live':
      m.failures = 0;
      return [...moveCursor(sub, frame.cursor), ...becomeLive(sub)];
    case 'cursor':
      return moveCursor(sub, frame.cursor);
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

function moveCursor(sub: { after: string | null }, cursor: string): Effect[] {
  if (sub.after !== null) sub.after = cursor;
  return [];
}

function onClosed(m: Machine, code: number, withinMs?: number): Effect[] {
  if (m.phase === 'stopped' || m.phase === 'waiting') return [];
  if (isFinal(code)) return stop(m, finish(code));
  if (code === CLOSE.unauthorized) return refusedToken(m);
  if (m.phase === 'dialing' && code < 4000) m.mute += 1;
  // Whoever polls goes on polling; only if that fails too is he offline.
  if (m.phase !== 'open' && m.status.state !== 'polling') m.status = { state: 'offline' };
  return retryAfter(m, withinMs);
}

function onTimer(m: Machine, name: string): Effect[] {
  switch (name) {
    case 'retry':
      return m.phase === 'stopped' ? [] : reconnect(m);
    case 'upgrade':
      // Leaves polling for one attempt; if that comes to nothing, the next is to poll again.
      m.mute = MUTE_MAX - 1;
      m.upgrades += 1;
      return m.phase === 'polling' ? reconnect(m) : [];
    case 'silence':
      if (m.phase !== 'open' && m.phase !== 'dialing') return [];
      if (m.phase === 'dialing' || !m.heard) return onClosed(m, CLOSE.noPong);
      m.heard = false;
      return [{ do: 'timer', name: 'silence', ms: m.pingMs * 1.5, jitter: false }];
    default:
      return [...m.subs.values()].filter((sub) => sub.mode === 'deferred').flatMap((sub) => {
        sub.mode = 'none';
        sub.round += 1;
        return request(m, sub);
      });
  }
}

/** Answers to the requests of polling. */
function onAnswer(m: Machine, input: Extract<Input, { key: number; round: number }>): Effect[] {
  const sub = m.subs.get(input.key);
  if (m.phase !== 'polling' || sub?.round !== input.round) return [];
  if (input.type === 'failed') return onFailure(m, sub.key, input.failure);
  m.failures = 0;
  m.status = { state: 'polling' };
  if (input.type === 'loaded') return [...acceptSnapshot(sub, input.snapshot), ...request(m, sub)];
  const { data, cursor, more } = input.page;
  const effects: Effect[] = [];
  for (const { order, ...event } of data) {
    effects.push(...acceptEvent(m, sub, event, order));
    if (sub.round !== input.round) return effects;
  }
  sub.after = cursor;
  if (!more) effects.push(...becomeLive(sub));
  return [...effects, ...request(m, sub, more ? 0 : POLL_WAIT_SECS)];
}

function onFailure(m: Machine, key: number, failure: Failure): Effect[] {
  const sub = m.subs.get(key);
  if (!sub) return [];
  if (failure.status === 410) return restart(m, sub, 'epoch');
  if (failure.status === 401) return refusedToken(m);
  if (failure.status >= 400 && failure.status < 500 && failure.status !== 408 && failure.status !== 429) {
    return refuse(sub, failure.code, failure.detail);
  }
  if (failure.status === 0) m.status = { state: 'offline' };
  // The socket gets its chance before the next poll.
  m.mute = MUTE_MAX - 1;
  return retryAfter(m, failure.withinMs);
}
