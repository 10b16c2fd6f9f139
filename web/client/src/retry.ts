/** Letting go of a connection: for a while, for another attempt, or for good. */
import { CLOSE } from './frames.ts';
import type { ConnectionState, Effect, Machine, StopReason } from './state.ts';
import { isLive } from './subscriptions.ts';

const BASE_MS = 500;
const CAP_MS = 30_000;

/** Full jitter: the next attempt comes at a random moment within this many milliseconds. */
export function backoffMs(failures: number): number {
  return Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16));
}

/** Drops whatever transport there is; what it still says later is ignored. */
function release(m: Machine): Effect[] {
  m.attempt += 1;
  for (const sub of m.subs.values()) if (sub.mode !== 'refused') sub.mode = 'none';
  return [
    { do: 'close' },
    { do: 'abort' },
    { do: 'cancel', name: 'silence' },
    { do: 'cancel', name: 'upgrade' },
    { do: 'cancel', name: 'resume' },
  ];
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
export function askToken(m: Machine): Effect[] {
  m.phase = 'token';
  m.attempt += 1;
  m.draining = false;
  if (m.status.state === 'stopped') m.status = { state: 'connecting' };
  return [{ do: 'cancel', name: 'retry' }, { do: 'token', attempt: m.attempt }];
}

export function reconnect(m: Machine): Effect[] {
  return [...release(m), ...askToken(m)];
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
  m.failures = 0;
  m.mute = 0;
  m.upgrades = 0;
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
  const state = stateOf(m);
  const told = m.told;
  if (told.state === state && told.reason === m.status.reason) return effects;
  m.status = state === 'stopped' ? m.status : { state };
  m.told = m.status;
  return [...effects, { do: 'status', status: m.status }];
}

function stateOf(m: Machine): ConnectionState {
  if (m.phase === 'stopped') return 'stopped';
  if (m.phase === 'open') {
    const all = [...m.subs.values()].filter((sub) => sub.mode !== 'refused');
    return all.every(isLive) ? 'live' : 'replaying';
  }
  // Lost a moment ago: we are connecting. Once that has failed we are offline, until it works again.
  const { state } = m.status;
  return state === 'offline' || state === 'polling' ? state : 'connecting';
}
