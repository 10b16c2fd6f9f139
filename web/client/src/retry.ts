/** Letting go of a connection: for a while, for another attempt, or for good. */
import { CLOSE } from './frames.ts';
import type { ConnectionStatus, Effect, Machine, StopReason } from './state.ts';
import { isLive } from './subscriptions.ts';

const BASE_MS = 500;
const CAP_MS = 30_000;

/** Full jitter: the next attempt comes at a random moment within this many milliseconds. */
export function backoffMs(failures: number): number {
  return Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16));
}

/** Drops whatever connections there are; what they still say later is ignored. */
export function release(m: Machine): Effect[] {
  const effects: Effect[] = [m.attempt, m.probe].filter(Boolean).map((attempt) => ({ do: 'close', attempt }));
  m.attempt = m.probe = 0;
  for (const sub of m.subs.values()) if (sub.mode !== 'refused') sub.mode = 'none';
  return [...effects, ...(['silence', 'probe', 'resume'] as const).map((name) => ({ do: 'cancel', name }) as const)];
}

/** Waits before the next attempt: as long as the server said, or longer with every failure. */
export function retryAfter(m: Machine, withinMs?: number): Effect[] {
  const effects = release(m);
  m.phase = 'waiting';
  // After a drain the time of the next attempt is already set.
  if (m.draining) return effects;
  const ms = withinMs ?? backoffMs(m.failures);
  m.failures += 1;
  return [...effects, { do: 'timer', name: 'retry', ms, jitter: true }];
}

/** Begins an attempt: whoever follows orders proves who he is first. */
export function reconnect(m: Machine): Effect[] {
  const effects = release(m);
  m.phase = 'token';
  m.attempt = ++m.attempts;
  m.draining = false;
  if (m.status.state === 'stopped') m.status = { state: 'connecting' };
  return [...effects, { do: 'cancel', name: 'retry' }, { do: 'token', attempt: m.attempt }];
}

/** The token was not good enough. Once, ask for another at once; if that one is refused as well, take time. */
export function refusedToken(m: Machine): Effect[] {
  const again = m.refusedToken !== null;
  m.refusedToken = m.token;
  return again ? retryAfter(m) : reconnect(m);
}

export function stop(m: Machine, reason: StopReason): Effect[] {
  const effects = release(m);
  m.phase = 'stopped';
  m.status = { state: 'stopped', reason };
  m.failures = m.mute = m.probes = m.first = 0;
  m.fallback = 1;
  m.refusedToken = null;
  m.draining = false;
  return [...effects, { do: 'cancel', name: 'retry' }];
}

export function finish(code: number): StopReason {
  if (code === CLOSE.frameTooBig) return 'frame_too_big';
  if (code === CLOSE.revoked) return 'revoked';
  return code === CLOSE.badFrame ? 'bad_frame' : 'forbidden';
}

/** Adds the effect that tells the application how things stand, if that has changed. */
export function showStatus(m: Machine, effects: Effect[]): Effect[] {
  const status = statusOf(m);
  const { told } = m;
  m.status = status;
  if (told.state === status.state && told.reason === status.reason && told.trying === status.trying && told.transport === status.transport) {
    return effects;
  }
  m.told = status;
  return [...effects, { do: 'status', status }];
}

function statusOf(m: Machine): ConnectionStatus {
  const { phase, status } = m;
  const transport = m.transports[m.at];
  if (phase === 'stopped') return status;
  if (phase === 'open' && transport) {
    if (transport === 'poll') return { state: 'polling', transport };
    const all = [...m.subs.values()].filter((sub) => sub.mode !== 'refused');
    return { state: all.every(isLive) ? 'live' : 'replaying', transport };
  }
  // Lost a moment ago: we are connecting. Once that has failed we are offline, until it works again.
  if (status.state !== 'offline') return { state: 'connecting' };
  return phase === 'waiting' ? { state: 'offline' } : { state: 'offline', trying: true };
}
