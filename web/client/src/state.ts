/** The words of the state machine: what it knows, what it is told, and what it asks to be done. */
import type { ClientFrame, Frame, ResetReason, SnapshotFrame } from './frames.ts';
import type { Transport } from './transports/transport.ts';
import type { Cursor, EventType, OrderEvent, OrderSummary } from './wire.ts';

/**
 * How fresh the application's state is.
 *
 * - `connecting`: on the way to the server, for the first time or after a loss a moment ago
 * - `replaying`: connected, and being told what happened in the meantime
 * - `live`: every subscription is told of changes as they happen
 * - `polling`: the same a little later, since only requests get through
 * - `offline`: attempts fail; they go on
 * - `stopped`: no attempts any more
 */
export type ConnectionState = 'connecting' | 'replaying' | 'live' | 'polling' | 'offline' | 'stopped';

/** Why a client stopped by itself. `closed` is the application's own wish. */
export type StopReason = 'closed' | 'unauthorized' | 'forbidden' | 'revoked' | 'frame_too_big' | 'bad_frame';

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Only when stopped. */
  readonly reason?: StopReason;
  /** Only when offline: an attempt is under way. */
  readonly trying?: true;
  /** Only when connected: by what. */
  readonly transport?: Transport;
}

/** Who the server took the client for when it was last connected. */
export interface Identity {
  readonly subject: string;
  /** Names the log's life. Unknown (null) until a WebSocket was open. */
  readonly epoch: number | null;
}

/** How far catching up has come. */
export interface Progress {
  /** Events handed on so far. */
  readonly events: number;
  /** When the last of them happened, in milliseconds since 1970 by the server's clock. */
  readonly at: number;
}

/** What to follow. */
export interface Topic {
  /** `orders`, `customer:{id}`, `customer:me` or `order:{id}`. */
  topic: string;
  /** Only events of these types; all, if absent. Without all types a lost event cannot be noticed by its version. */
  types?: readonly EventType[];
  /** Adds to each event the order's summary as of that event. */
  include?: 'order';
}

/** What a subscription starts from: the first page of a list (at most 100 orders, the newest first), or one order. */
export type Snapshot = Omit<SnapshotFrame, 'type' | 'id'>;

/** What a subscriber is told, in the order in which it happened. */
export type Delivery =
  | { kind: 'snapshot'; snapshot: Snapshot }
  /** `live` is false while catching up with what happened during an absence. */
  | { kind: 'event'; event: OrderEvent; order: OrderSummary | undefined; live: boolean }
  /** Drop what was built from this subscription. A snapshot follows where one was asked for, else nothing. */
  | { kind: 'reset'; reason: ResetReason | 'gap' | 'subject' }
  /** Caught up. `missed`: how many orders changed during the absence, at most 5,000; 0 if none. */
  | { kind: 'live'; missed: number }
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
  /** Orders that changed since this was last live. */
  missed: Set<string>;
}

export function newSubscription(topic: Topic, key: number, after: Cursor | null, snapshot: boolean): Subscription {
  return { ...topic, key, snapshot, after, round: 0, mode: 'none', seen: new Map(), missed: new Set() };
}

export interface Machine {
  /** In order of preference. */
  readonly transports: readonly Transport[];
  phase: 'stopped' | 'token' | 'dialing' | 'open' | 'waiting';
  status: ConnectionStatus;
  /** The status that the application knows. */
  told: ConnectionStatus;
  identity: Identity | null;
  subs: Map<number, Subscription>;
  /** The last number given to an attempt. */
  attempts: number;
  /** The current attempt; whatever an earlier one still says is ignored. */
  attempt: number;
  /** An attempt for the first transport beside an open connection by another one; 0: none. */
  probe: number;
  /** Which transport the current attempt goes by, as an index. */
  at: number;
  /** By which the next attempt begins: the one that worked last. */
  first: number;
  /** The first one that may be of use when WebSockets are not. */
  fallback: number;
  /** Attempts in a row that came to nothing: how far to back off. */
  failures: number;
  /** WebSockets in a row that never got a word from the server: reason to use something else. */
  mute: number;
  /** Probes since a WebSocket last worked: how soon to try the next. */
  probes: number;
  token: string | null;
  refusedToken: string | null;
  pingMs: number;
  /** A drain frame has set the time of the next attempt. */
  draining: boolean;
}

/**
 * `retry`: try again; `silence`: the server is overdue; `probe`: try the first transport while on another;
 * `resume`: subscribe again.
 */
export type TimerName = 'retry' | 'silence' | 'probe' | 'resume';

export type Input =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'token'; attempt: number; token: string | null }
  | { type: 'opened'; attempt: number }
  | { type: 'frames'; attempt: number; frames: Frame[] }
  /** `withinMs`: the server's hint, where the close carried one. */
  | { type: 'closed'; attempt: number; code: number; withinMs?: number | undefined }
  | { type: 'timer'; name: TimerName }
  /** Somebody looks at the page again. */
  | { type: 'wake' }
  /** Somebody asks for it, or the network came back: what did not work before may work now. */
  | { type: 'retry' }
  | { type: 'offline' }
  | { type: 'subscribe'; sub: Subscription }
  | { type: 'unsubscribe'; key: number };

export type Effect =
  | { do: 'token'; attempt: number }
  | { do: 'open'; attempt: number; transport: Transport }
  | { do: 'close'; attempt: number }
  | { do: 'send'; attempt: number; frames: ClientFrame[] }
  /** With `jitter`, fire at a random moment within `ms`; else after `ms`. Setting a timer again replaces it. */
  | { do: 'timer'; name: TimerName; ms: number; jitter: boolean }
  | { do: 'cancel'; name: TimerName }
  /** `cursor`: up to where everything is handed on with this. */
  | { do: 'deliver'; key: number; cursor: Cursor | null; delivery: Delivery }
  | { do: 'status'; status: ConnectionStatus };

export function initial(transports: readonly Transport[], subject?: string): Machine {
  const stopped = { state: 'stopped', reason: 'closed' } as const;
  return {
    transports,
    phase: 'stopped',
    status: stopped,
    told: stopped,
    identity: subject === undefined ? null : { subject, epoch: null },
    subs: new Map(),
    attempts: 0,
    attempt: 0,
    probe: 0,
    at: 0,
    first: 0,
    fallback: 1,
    failures: 0,
    mute: 0,
    probes: 0,
    token: null,
    refusedToken: null,
    pingMs: 0,
    draining: false,
  };
}
