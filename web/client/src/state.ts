/** The words of the state machine: what it knows, what it is told, and what it asks to be done. */
import type { ClientFrame, ResetReason, ServerFrame, Snapshot } from './frames.ts';
import type { Cursor, EventType, OrderEvent, OrderSummary } from './wire.ts';

export type ConnectionState = 'connecting' | 'replaying' | 'live' | 'polling' | 'offline' | 'stopped';

/** Why a client stopped by itself. `closed` is the application's own wish. */
export type StopReason = 'closed' | 'unauthorized' | 'forbidden' | 'revoked' | 'frame_too_big' | 'bad_frame';

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Only when stopped. */
  readonly reason?: StopReason;
}

export interface Topic {
  /** `orders`, `customer:{id}`, `customer:me` or `order:{id}`. */
  topic: string;
  types?: readonly EventType[];
  /** Adds to each event the order's summary as of that event. */
  include?: 'order';
}

/** What a subscriber is told, in the order in which it happened. */
export type Delivery =
  | { kind: 'snapshot'; snapshot: Snapshot }
  /** `live` is false while catching up with what happened during an absence. */
  | { kind: 'event'; event: OrderEvent; order: OrderSummary | undefined; live: boolean }
  /** Drop what was built from this subscription. A snapshot follows where one was asked for, else nothing. */
  | { kind: 'reset'; reason: ResetReason | 'gap' }
  | { kind: 'live' }
  /** Refused for good; the subscription is over. */
  | { kind: 'error'; code: string; detail: string };

export interface Subscription extends Topic {
  readonly key: number;
  /** Whether a snapshot replaces the state when there is no cursor to go on from. */
  readonly snapshot: boolean;
  /** The last event handled, or where to begin. Null: nothing yet, a snapshot is wanted. */
  after: Cursor | null;
  /** Goes up when we ask again, so that frames meant for the earlier request are told apart. */
  round: number;
  mode: 'none' | 'replay' | 'live' | 'deferred' | 'refused';
  /** The highest version delivered, by order, for orders seen lately. */
  seen: Map<string, number>;
}

export interface Machine {
  phase: 'stopped' | 'token' | 'dialing' | 'open' | 'polling' | 'waiting';
  status: ConnectionStatus;
  /** The status that the application knows. */
  told: ConnectionStatus;
  subs: Map<number, Subscription>;
  /** Names the current attempt; whatever an earlier one still says is ignored. */
  attempt: number;
  /** Attempts in a row that came to nothing: how far to back off. */
  failures: number;
  /** Sockets in a row that never got a word from the server: reason to poll instead. */
  mute: number;
  /** Sockets tried while polling since one last worked: how soon to try the next. */
  upgrades: number;
  token: string | null;
  refusedToken: string | null;
  pingMs: number;
  /** Whether anything arrived since the silence timer was last set. */
  heard: boolean;
  /** A drain frame has set the time of the next attempt. */
  draining: boolean;
}

/** `retry`: try again; `silence`: the server is overdue; `upgrade`: try a socket while polling; `resume`: subscribe again. */
export type TimerName = 'retry' | 'silence' | 'upgrade' | 'resume';

export type Input =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'token'; attempt: number; token: string | null }
  | { type: 'opened'; attempt: number }
  | { type: 'frames'; attempt: number; frames: ServerFrame[] }
  /** `withinMs`: the server's hint, where the close carried one. */
  | { type: 'closed'; attempt: number; code: number; withinMs?: number }
  | { type: 'timer'; name: TimerName }
  /** The network came back, or somebody looks at the page again or asks for it. */
  | { type: 'wake' }
  | { type: 'offline' }
  | { type: 'subscribe'; sub: Subscription }
  | { type: 'unsubscribe'; key: number }
  | { type: 'page'; attempt: number; key: number; round: number; page: EventPage }
  | { type: 'loaded'; attempt: number; key: number; round: number; snapshot: Snapshot }
  | { type: 'failed'; attempt: number; key: number; round: number; failure: Failure };

export interface EventPage {
  data: (OrderEvent & { order?: OrderSummary })[];
  cursor: Cursor;
  more: boolean;
}

/** A request that failed; status 0 when there was no answer at all. */
export interface Failure {
  status: number;
  code: string;
  detail: string;
  withinMs?: number;
}

export type Effect =
  | { do: 'token'; attempt: number }
  | { do: 'open'; attempt: number }
  | { do: 'close' }
  | { do: 'send'; frames: ClientFrame[] }
  /** With `jitter`, fire at a random moment within `ms`; else after `ms`. Setting a timer again replaces it. */
  | { do: 'timer'; name: TimerName; ms: number; jitter: boolean }
  | { do: 'cancel'; name: TimerName }
  | { do: 'poll'; attempt: number; sub: Subscription; after: Cursor; waitSecs: number }
  | { do: 'load'; attempt: number; sub: Subscription }
  /** Give up the requests in flight: one subscription's, or all. */
  | { do: 'abort'; key?: number }
  | { do: 'deliver'; key: number; delivery: Delivery }
  | { do: 'status'; status: ConnectionStatus };

export function initial(): Machine {
  return {
    phase: 'stopped',
    status: { state: 'stopped', reason: 'closed' },
    told: { state: 'stopped', reason: 'closed' },
    subs: new Map(),
    attempt: 0,
    failures: 0,
    mute: 0,
    upgrades: 0,
    token: null,
    refusedToken: null,
    pingMs: 0,
    heard: false,
    draining: false,
  };
}
