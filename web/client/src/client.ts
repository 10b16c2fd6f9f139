/** The client: the state machine's hands. It holds the connections, the timers and the listeners. */
import { CLOSE } from './frames.ts';
import { step } from './machine.ts';
import {
  type ConnectionStatus, type Delivery, type Effect, type Identity, type Input, initial, newSubscription, type Progress, type TimerName, type Topic,
} from './state.ts';
import { openHttp } from './transports/http.ts';
import type { Connect, Transport, Wire } from './transports/transport.ts';
import { openWebSocket } from './transports/websocket.ts';
import type { Cursor } from './wire.ts';

/** Asked before every attempt, and again when the server refuses a token. Null: nobody is signed in, stop. */
export type TokenSource = () => string | null | Promise<string | null>;

/** What a {@link ClientOptions.share} has to work with. */
export interface ShareContext {
  readonly base: URL;
  readonly fetch: typeof fetch;
  /** Connects by itself. */
  readonly connect: Connect;
}

export interface ClientOptions {
  /** A token, or a promise of one. A callback that throws is asked again later, with backoff. */
  token: TokenSource;
  /** Where Waybill is; by default where the page came from. */
  url?: string | URL;
  /**
   * Who the token is for, if the application knows. State kept for somebody else is then dropped; otherwise nothing is
   * restored before the server has said who it takes the client for.
   */
  subject?: string;
  /** By what to connect, in order of preference; by default a WebSocket, then server-sent events, then long polls. */
  transports?: readonly Transport[];
  /** Shares connections with others: see `@waybill/client/tabs`. */
  share?: (context: ShareContext) => Connect;
  /** In place of the global one. */
  fetch?: typeof fetch;
  /** In place of the global one; where there is none at all, as in Node 20, the other transports are used. */
  WebSocket?: typeof WebSocket;
  /** In [0, 1): spreads reconnects of many clients over time. By default `Math.random`. */
  random?: () => number;
}

export interface SubscribeOptions extends Topic {
  /** Go on after this cursor, or from `now` or `earliest`; by default start with a snapshot. */
  after?: Cursor;
  /** Whether a reset is followed by a snapshot; by default if no `after` is given. */
  snapshot?: boolean;
}

export interface SubscriptionHandle {
  /**
   * The place up to which everything was handed on; null before the first. Inside a listener it is the place of what is
   * being handed on, so that it may be stored together with what that has led to.
   */
  readonly cursor: Cursor | null;
  /** Ends the subscription: its listener is not called again. */
  close(): void;
}

/** Told what happens, in order. What it throws goes to the page's own error reporting and disturbs nobody else. */
export type Listener = (delivery: Delivery) => void;

export interface Client {
  /** The same object until something about it changes. */
  readonly status: ConnectionStatus;
  /** Who the server took us for; null as long as nobody knows. */
  readonly identity: Identity | null;
  /** When the server was last heard of, in milliseconds since 1970; null before the first word. */
  readonly lastHeard: number | null;
  /** While catching up, how far that has come; otherwise null. Nobody is called back when it moves on. */
  readonly progress: Progress | null;
  /** Calls back when `status` or `identity` has changed; answers how to end that. */
  readonly onStatus: (listener: () => void) => () => void;
  /** Follows a topic, and starts the client if it was not started. */
  subscribe(options: SubscribeOptions, listener: Listener): SubscriptionHandle;
  /** A request of the API with the current token. Rejects only if there was no answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Starts, again after a stop; `subscribe` starts by itself. */
  start(): void;
  /** Lets go of the connection. Subscriptions stay, and go on from their cursors after a `start`. */
  stop(): void;
  /** Does not wait for the next attempt but makes it at once, by every transport; nothing if all is well. */
  retryNow(): void;
}

interface Follower {
  readonly listener: Listener;
  cursor: Cursor | null;
  /** Events handed on since it began to catch up. */
  replayed: number;
}

/**
 * Makes a client. It does nothing until it is started or subscribed with.
 *
 * @throws TypeError if there is neither a `url` nor a page to take it from
 */
export function createClient(options: ClientOptions): Client {
  const base = new URL(options.url ?? globalThis.location.origin);
  const random = options.random ?? Math.random;
  const fetcher = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const Socket = options.WebSocket ?? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket;

  const direct: Connect = (transport, on) =>
    transport === 'websocket' && Socket ? openWebSocket(Socket, base, on) : openHttp(fetcher, base, transport === 'sse', on);
  const connect = options.share?.({ base, fetch: fetcher, connect: direct }) ?? direct;

  const transports = options.transports ?? (['websocket', 'sse', 'poll'] as const);
  const machine = initial(transports.filter((transport) => transport !== 'websocket' || Socket), options.subject);
  const timers = new Map<TimerName, ReturnType<typeof setTimeout>>();
  const wires = new Map<number, Wire>();
  const followers = new Map<number, Follower>();
  const statusListeners = new Set<() => void>();
  let lastHeard: number | null = null;
  let progress: Progress | null = null;
  let identity = machine.identity;
  let nextKey = 1;

  // Listeners may call back into the client; what they cause waits its turn.
  const inbox: Input[] = [];
  let busy = false;
  function tell(input: Input): void {
    inbox.push(input);
    if (busy) return;
    busy = true;
    try {
      for (let next = inbox.shift(); next; next = inbox.shift()) step(machine, next).forEach(perform);
    } finally {
      busy = false;
    }
    if (identity !== machine.identity) {
      identity = machine.identity;
      showStatus();
    }
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'token':
        void askToken(effect.attempt);
        break;
      case 'open':
        open(effect.attempt, effect.transport);
        break;
      case 'close':
        wires.get(effect.attempt)?.close();
        wires.delete(effect.attempt);
        break;
      case 'send':
        wires.get(effect.attempt)?.send(effect.frames);
        break;
      case 'timer':
        clearTimeout(timers.get(effect.name));
        timers.set(
          effect.name,
          setTimeout(() => tell({ type: 'timer', name: effect.name }), effect.jitter ? random() * effect.ms : effect.ms),
        );
        break;
      case 'cancel':
        clearTimeout(timers.get(effect.name));
        break;
      case 'deliver': {
        const follower = followers.get(effect.key);
        if (!follower) break;
        follower.cursor = effect.cursor;
        noteProgress(follower, effect.delivery);
        guarded(() => follower.listener(effect.delivery));
        break;
      }
      case 'status':
        identity = machine.identity;
        if (effect.status.state !== 'replaying') progress = null;
        showStatus();
        listenToPage(effect.status.state !== 'stopped');
    }
  }

  /** Several subscriptions may be told of the same events: the one that was told of most counts. */
  function noteProgress(follower: Follower, delivery: Delivery): void {
    if (delivery.kind === 'live') {
      follower.replayed = 0;
      if ([...followers.values()].every(({ replayed }) => replayed === 0)) progress = null;
    } else if (delivery.kind === 'event' && !delivery.live) {
      const events = Math.max(progress?.events ?? 0, ++follower.replayed);
      progress = { events, at: Date.parse(delivery.event.recorded_at) };
    }
  }

  async function askToken(attempt: number): Promise<void> {
    // A callback that throws is like a network that fails: worth another try.
    try {
      tell({ type: 'token', attempt, token: await options.token() });
    } catch {
      tell({ type: 'closed', attempt, code: CLOSE.lost });
    }
  }

  function open(attempt: number, transport: Transport): void {
    const closed = (code: number, withinMs?: number) => {
      wires.delete(attempt);
      tell({ type: 'closed', attempt, code, withinMs });
    };
    try {
      wires.set(attempt, connect(transport, {
        opened: () => tell({ type: 'opened', attempt }),
        frames(frames) {
          lastHeard = Date.now();
          tell({ type: 'frames', attempt, frames });
        },
        closed,
      }));
    } catch {
      // Some browsers forbid a WebSocket by an exception.
      closed(CLOSE.lost);
    }
  }

  function showStatus(): void {
    for (const listener of statusListeners) guarded(listener);
  }

  // One listener's mistake must not keep events from the others; the page's own error reporting hears of it.
  function guarded(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  const retry = () => tell({ type: 'retry' });
  const onOffline = () => tell({ type: 'offline' });
  const onVisible = () => {
    if (document.visibilityState === 'visible') tell({ type: 'wake' });
  };
  function listenToPage(listen: boolean): void {
    if (typeof window === 'undefined') return;
    const change = listen ? 'addEventListener' : 'removeEventListener';
    window[change]('online', retry);
    window[change]('offline', onOffline);
    document[change]('visibilitychange', onVisible);
  }

  return {
    get status() {
      return machine.told;
    },
    get identity() {
      return identity;
    },
    get lastHeard() {
      return lastHeard;
    },
    get progress() {
      return progress;
    },
    onStatus(listener) {
      statusListeners.add(listener);
      return () => void statusListeners.delete(listener);
    },
    subscribe({ after, snapshot = after === undefined, ...topic }, listener) {
      const key = nextKey++;
      const sub = newSubscription(topic, key, after ?? null, snapshot);
      const follower = { listener, cursor: sub.after, replayed: 0 };
      followers.set(key, follower);
      tell({ type: 'subscribe', sub });
      tell({ type: 'start' });
      return {
        get cursor() {
          // Quiet stretches move it on without a word to the listener.
          return busy ? follower.cursor : sub.after;
        },
        close() {
          followers.delete(key);
          tell({ type: 'unsubscribe', key });
        },
      };
    },
    async fetch(path, init = {}) {
      const headers = new Headers(init.headers);
      const token = await options.token();
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      return fetcher(new URL(path, base), { ...init, headers });
    },
    start: () => tell({ type: 'start' }),
    stop: () => tell({ type: 'stop' }),
    retryNow: retry,
  };
}
