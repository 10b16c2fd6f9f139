/** The client: the state machine's hands. It holds the socket, the requests, the timers and the listeners. */
import { type ClientFrame, parseFrames, SUBPROTOCOL } from './frames.ts';
import { fetchPage, fetchSnapshot, type Http } from './http.ts';
import { step } from './machine.ts';
import {
  type ConnectionStatus, type Delivery, type Effect, type Input, initial, type TimerName, type Topic,
} from './state.ts';
import type { Cursor } from './wire.ts';

export interface ClientOptions {
  /** Asked before every attempt, and again when the server refuses a token. Null: nobody is signed in. */
  token: () => string | null | Promise<string | null>;
  /** Where Waybill is; by default where the page came from. */
  url?: string | URL;
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
  /** In [0, 1): spreads reconnects of many clients over time. */
  random?: () => number;
}

export interface SubscribeOptions extends Topic {
  /** Go on after this cursor, or from `now` or `earliest`; by default start with a snapshot. */
  after?: Cursor;
  /** Whether a reset is followed by a snapshot; by default if no `after` is given. */
  snapshot?: boolean;
}

export interface SubscriptionHandle {
  /** The place up to which everything was handed on; null before the first. */
  readonly cursor: Cursor | null;
  close(): void;
}

export type Listener = (delivery: Delivery) => void;

export interface Client {
  readonly status: ConnectionStatus;
  /** When the server was last heard of, in milliseconds since 1970; null before the first word. */
  readonly lastHeard: number | null;
  readonly onStatus: (listener: () => void) => () => void;
  subscribe(options: SubscribeOptions, listener: Listener): SubscriptionHandle;
  /** A request of the API with the current token. Rejects only if there was no answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Starts again after a stop; `subscribe` starts by itself. */
  start(): void;
  stop(): void;
  /** Does not wait for the next attempt but makes it at once; nothing if none is waited for. */
  retryNow(): void;
}

/** WebSocket.OPEN, which a substitute for WebSocket need not carry. */
const OPEN = 1;

export function createClient(options: ClientOptions): Client {
  const base = new URL(options.url ?? globalThis.location.origin);
  const random = options.random ?? Math.random;
  const http: Http = { base, fetch: options.fetch ?? globalThis.fetch.bind(globalThis), token: () => machine.token };
  const Socket = options.WebSocket ?? globalThis.WebSocket;

  const machine = initial();
  const timers = new Map<TimerName, ReturnType<typeof setTimeout>>();
  const requests = new Map<number, AbortController>();
  const listeners = new Map<number, Listener>();
  const statusListeners = new Set<() => void>();
  let socket: WebSocket | undefined;
  let lastHeard: number | null = null;
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
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'token':
        void askToken(effect.attempt);
        break;
      case 'open':
        open(effect.attempt);
        break;
      case 'close':
        socket?.close(1000);
        socket = undefined;
        break;
      case 'send':
        send(effect.frames);
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
      case 'poll':
      case 'load':
        void ask(effect);
        break;
      case 'abort':
        for (const [key, request] of requests) if (effect.key === undefined || effect.key === key) request.abort();
        break;
      case 'deliver':
        guarded(() => listeners.get(effect.key)?.(effect.delivery));
        break;
      case 'status':
        for (const listener of statusListeners) guarded(listener);
        listenToPage(effect.status.state !== 'stopped');
    }
  }

  async function askToken(attempt: number): Promise<void> {
    // A callback that throws is like a network that fails: worth another try.
    try {
      tell({ type: 'token', attempt, token: await options.token() });
    } catch {
      tell({ type: 'closed', attempt, code: 1006 });
    }
  }

  function open(attempt: number): void {
    const url = new URL('/v1/ws', base);
    url.protocol = url.protocol.replace('http', 'ws');
    const ws = new Socket(url, SUBPROTOCOL);
    socket = ws;
    ws.onopen = () => tell({ type: 'opened', attempt });
    ws.onmessage = (message: MessageEvent<string>) => {
      lastHeard = Date.now();
      tell({ type: 'frames', attempt, frames: parseFrames(message.data) });
    };
    ws.onclose = ({ code, reason }) => {
      const hint = /retry_within_ms=(\d+)/.exec(reason)?.[1];
      tell({ type: 'closed', attempt, code, ...(hint && { withinMs: Number(hint) }) });
    };
  }

  function send(frames: ClientFrame[]): void {
    if (socket?.readyState === OPEN) socket.send(frames.map((frame) => JSON.stringify(frame)).join('\n'));
  }

  async function ask(effect: Extract<Effect, { do: 'poll' | 'load' }>): Promise<void> {
    const { attempt, sub } = effect;
    const { key, round } = sub;
    const abort = new AbortController();
    requests.get(key)?.abort();
    requests.set(key, abort);
    const answer =
      effect.do === 'load' ? await fetchSnapshot(http, sub, abort.signal) : await fetchPage(http, effect, abort.signal);
    if (requests.get(key) === abort) requests.delete(key);
    if (!('failure' in answer)) lastHeard = Date.now();
    tell({ attempt, key, round, ...answer });
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

  const wake = () => tell({ type: 'wake' });
  const onOffline = () => tell({ type: 'offline' });
  const onVisible = () => {
    if (document.visibilityState === 'visible') wake();
  };
  function listenToPage(listen: boolean): void {
    if (typeof window === 'undefined') return;
    const change = listen ? 'addEventListener' : 'removeEventListener';
    window[change]('online', wake);
    window[change]('offline', onOffline);
    document[change]('visibilitychange', onVisible);
  }

  return {
    get status() {
      return machine.told;
    },
    get lastHeard() {
      return lastHeard;
    },
    onStatus(listener) {
      statusListeners.add(listener);
      return () => void statusListeners.delete(listener);
    },
    subscribe({ after, snapshot = after === undefined, ...topic }, listener) {
      const key = nextKey++;
      const sub = { ...topic, key, snapshot, after: after ?? null, round: 0, mode: 'none' as const, seen: new Map() };
      listeners.set(key, listener);
      tell({ type: 'subscribe', sub });
      tell({ type: 'start' });
      return {
        get cursor() {
          return sub.after;
        },
        close() {
          listeners.delete(key);
          tell({ type: 'unsubscribe', key });
        },
      };
    },
    async fetch(path, init = {}) {
      const headers = new Headers(init.headers);
      const token = await options.token();
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      return http.fetch(new URL(path, base), { ...init, headers });
    },
    start: () => tell({ type: 'start' }),
    stop: () => tell({ type: 'stop' }),
    retryNow: wake,
  };
}
