/**
 * Waybill as a client meets it, in memory and in fake time: sockets, streams, polls and snapshots of one log, with lags,
 * losses and repeats. Every client comes by a `Place` (a tab of a browser, say), which can be cut off from everything.
 */
import { CLOSE, type ClientFrame, type Frame } from '../src/frames.ts';
import type { OrderEvent } from '../src/index.ts';
import { matches, positionOf, versionsOf } from './follower.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

/** Where code runs that is told of things. */
export interface Place {
  /** Runs it now, later, or never. */
  run(callback: () => void): void;
}

/** Where nothing ever happens to the code. */
export const NOWHERE: Place = { run: (callback) => callback() };

export interface Account {
  subject: string;
  session: string;
}

/** The server's side of something that stays open. */
interface Line {
  readonly kind: 'websocket' | 'sse' | 'poll';
  token: string | null;
  topics: Map<string, string>;
  push(event: OrderEvent, ids: string[]): void;
  /** Shows that it is still there. */
  ping(): void;
  end(code: number): void;
}

/** Reproducible: the same seed, the same numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class SimServer {
  log: OrderEvent[] = [];
  epoch = 1;
  down = false;
  readonly blocked = { websocket: false, sse: false };
  readonly accounts = new Map<string, Account>();
  readonly lines = new Set<Line>();
  /** How many were ever opened. */
  opened = 0;
  private readonly random: () => number;
  private readonly lives = new Map<number, OrderEvent[]>();
  private readonly versions = new Map<string, number>();

  constructor(seed = 1) {
    this.random = seeded(seed);
    setInterval(() => {
      for (const line of this.lines) line.ping();
    }, 15_000);
  }

  get sockets(): Line[] {
    return [...this.lines].filter(({ kind, token }) => kind === 'websocket' && token !== null);
  }

  logOf(epoch: number): readonly OrderEvent[] {
    return this.lives.get(epoch) ?? this.log;
  }

  append(order: string): void {
    const version = (this.versions.get(order) ?? 0) + 1;
    this.versions.set(order, version);
    const position = this.log.length + 1;
    const names = { event_id: `${this.epoch}-${position}`, order_id: order, order_number: order };
    const event = sampleEvent('order.updated', { changes: [] }, { ...names, version, cursor: this.cursor(position), position });
    this.log.push(event);
    for (const line of [...this.lines]) {
      const ids = [...line.topics].filter(([, topic]) => matches(topic, event)).map(([id]) => id);
      if (ids.length > 0) line.push(event, ids);
    }
  }

  /** Connections end all at once. */
  cut(code: number = CLOSE.lost): void {
    for (const line of [...this.lines]) line.end(code);
  }

  /** The newest events are gone, and the log has another name. */
  restore(keep: number): void {
    this.cut();
    this.lives.set(this.epoch, this.log);
    this.epoch += 1;
    this.log = this.log.slice(0, keep).map((event, i) => ({ ...event, cursor: this.cursor(i + 1) }));
    this.versions.clear();
    for (const event of this.log) this.versions.set(event.order_id, event.version);
  }

  /** A token is worth nothing any more, and what was opened with it ends. */
  expire(token: string): void {
    this.accounts.delete(token);
    for (const line of [...this.lines]) if (line.token === token) line.end(CLOSE.unauthorized);
  }

  /** For {@link ClientOptions}. */
  via(place: Place): { fetch: typeof fetch; WebSocket: typeof WebSocket } {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const server = this;
    class SimSocket {
      readyState = 0;
      onopen: (() => void) | null = null;
      onmessage: ((message: { data: string }) => void) | null = null;
      onclose: ((close: { code: number; reason: string }) => void) | null = null;
      private readonly line: Line;
      private readonly tell: (then: () => void) => void;

      constructor() {
        this.tell = server.laggard(place);
        this.line = {
          kind: 'websocket', token: null, topics: new Map(),
          push: (event, ids) => {
            const frame: Frame = { type: 'event', ids, event };
            this.say(server.random() < 0.1 ? [frame, frame] : [frame]);
          },
          ping: () => this.say([{ type: 'ping', cursor: server.cursor(server.log.length) }]),
          end: (code) => {
            server.lines.delete(this.line);
            this.tell(() => {
              this.readyState = 3;
              this.onclose?.({ code, reason: '' });
            });
          },
        };
        if (server.down || server.blocked.websocket) {
          this.line.end(CLOSE.lost);
          return;
        }
        server.lines.add(this.line);
        server.opened += 1;
        this.tell(() => {
          this.readyState = 1;
          this.onopen?.();
        });
      }

      send(text: string): void {
        for (const line of text.split('\n')) if (server.lines.has(this.line)) this.receive(JSON.parse(line) as ClientFrame);
      }

      close(): void {
        this.readyState = 3;
        server.lines.delete(this.line);
      }

      private say(frames: Frame[]): void {
        this.tell(() => this.onmessage?.({ data: frames.map((frame) => JSON.stringify(frame)).join('\n') }));
      }

      private receive(frame: ClientFrame): void {
        const { topics } = this.line;
        if ('token' in frame) {
          const account = server.accounts.get(frame.token);
          const before = server.accounts.get(this.line.token ?? '');
          if (!account || (before && before.subject !== account.subject)) {
            this.line.end(account ? CLOSE.forbidden : CLOSE.unauthorized);
            return;
          }
          this.line.token = frame.token;
          this.say([{ type: 'welcome', subject: account.subject, epoch: server.epoch, ping_secs: 20 }]);
        }
        if (frame.type === 'unsubscribe') topics.delete(frame.id);
        if (frame.type !== 'subscribe') return;
        const { id, topic, after = 'now', snapshot } = frame;
        const cursor = server.cursor(server.log.length);
        if (snapshot) {
          this.say([{ type: 'subscribed', id, mode: 'live', cursor }, { type: 'snapshot', id, cursor, orders: server.rows(topic) }]);
        } else {
          const missed = server.after(after, topic);
          if (!missed) {
            this.say([{ type: 'reset', id, reason: 'epoch' }]);
            return;
          }
          this.say([{ type: 'subscribed', id, mode: 'replay', cursor: after === 'now' ? cursor : after }]);
          for (const event of missed) this.say([{ type: 'event', ids: [id], event }]);
          this.say([{ type: 'live', id, cursor }]);
        }
        topics.set(id, topic);
      }
    }
    return { fetch: (url, init) => this.answer(place, new URL(url as URL), init), WebSocket: SimSocket as unknown as typeof WebSocket };
  }

  /** Things happen a little later, in the order in which they were begun. */
  private laggard(place: Place): (then: () => void) => void {
    let last = 0;
    return (then) => {
      last = Math.max(last, Date.now() + this.random() * 40);
      setTimeout(() => place.run(then), last - Date.now());
    };
  }

  private answer(place: Place, url: URL, init: RequestInit = {}): Promise<Response> {
    const tell = this.laggard(place);
    const { signal } = init;
    let fail = (): void => undefined;
    const answer = new Promise<Response>((resolve, reject) => {
      fail = () => reject(new TypeError('no network'));
      if (signal?.aborted) fail();
      signal?.addEventListener('abort', fail);
      if (this.down) {
        tell(fail);
        return;
      }
      const json = (body: unknown, status = 200) => tell(() => resolve(new Response(JSON.stringify(body), { status })));
      const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
      const account = this.accounts.get(token);
      const topic = url.searchParams.get('topic') ?? '';
      const head = () => this.cursor(this.log.length);
      if (!account) {
        json({ code: 'token_expired' }, 401);
      } else if (url.pathname === '/v1/me') {
        json({ subject: account.subject, session_id: account.session, roles: ['staff'], audience: 'staff', expires_at: '' });
      } else if (url.pathname === '/v1/orders') {
        json({ data: this.rows('orders'), next_cursor: null, cursor: head() });
      } else if (url.pathname.startsWith('/v1/orders/')) {
        json({ order_id: url.pathname.slice('/v1/orders/'.length), version: 0, cursor: head() });
      } else if (!this.after(url.searchParams.get('after') ?? '', topic)) {
        if (url.pathname.endsWith('stream')) this.stream(tell, resolve, (say) => say('reset', { reason: 'epoch' }));
        else json({ code: 'cursor_reset', reason: 'epoch' }, 410);
      } else if (url.pathname.endsWith('stream')) {
        this.openStream(tell, resolve, url, token, signal);
      } else {
        this.poll(json, fail, url, token, signal);
      }
    });
    return answer.finally(() => signal?.removeEventListener('abort', fail));
  }

  private openStream(
    tell: (then: () => void) => void, resolve: (response: Response) => void, url: URL, token: string, signal: AbortSignal | null | undefined,
  ): void {
    // A proxy that keeps everything to itself.
    if (this.blocked.sse) return;
    const topic = url.searchParams.get('topic') ?? '';
    this.stream(tell, resolve, (say, end) => {
      const line: Line = {
        kind: 'sse', token, topics: new Map([['', topic]]),
        push: (event) => say(event.type, event),
        ping: () => say('', {}),
        end: (code) => {
          this.lines.delete(line);
          if (code === CLOSE.unauthorized) say('end', { code: 'token_expired', detail: '' });
          end();
        },
      };
      for (const event of this.after(url.searchParams.get('after') ?? '', topic) ?? []) say(event.type, event);
      say('live', { cursor: this.cursor(this.log.length) });
      this.lines.add(line);
      this.opened += 1;
      signal?.addEventListener('abort', () => this.lines.delete(line));
    });
  }

  private stream(
    tell: (then: () => void) => void, resolve: (response: Response) => void,
    fill: (say: (type: string, data: object) => void, end: () => void) => void,
  ): void {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    let over = false;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller), cancel: () => void (over = true) });
    tell(() => resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } })));
    const late = (then: () => void) => tell(() => {
      if (!over) then();
    });
    // What comes close together comes in one piece.
    let piece = '';
    fill(
      (type, data) => {
        if (piece === '') {
          late(() => {
            body?.enqueue(new TextEncoder().encode(piece));
            piece = '';
          });
        }
        piece += type === '' ? ': here\n\n' : `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
      },
      () => late(() => {
        over = true;
        body?.close();
      }),
    );
  }

  private poll(
    json: (body: unknown, status?: number) => void, fail: () => void, url: URL, token: string, signal: AbortSignal | null | undefined,
  ): void {
    const topic = url.searchParams.get('topic') ?? '';
    const after = url.searchParams.get('after') ?? '';
    const answer = (): void => {
      const missed = this.after(after, topic) ?? [];
      const data = missed.slice(0, 2);
      const more = missed.length > data.length;
      json({ data, more, cursor: more ? data.at(-1)?.cursor : this.cursor(this.log.length) });
    };
    const wait = Number(url.searchParams.get('wait')) * 1000;
    if (wait === 0 || this.after(after, topic)?.length) {
      answer();
      return;
    }
    const line: Line = {
      kind: 'poll', token, topics: new Map([['', topic]]),
      push: () => done(answer),
      ping: () => undefined,
      end: () => done(fail),
    };
    const timer = setTimeout(() => done(answer), wait);
    const done = (then: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
      if (this.lines.delete(line)) then();
    };
    const abandon = () => done(() => undefined);
    this.lines.add(line);
    signal?.addEventListener('abort', abandon);
  }

  /** The events of a topic after a cursor; nothing if the cursor does not fit the log. */
  private after(cursor: string, topic: string): OrderEvent[] | undefined {
    if (cursor === 'now') return [];
    if (!cursor.startsWith(`${this.epoch}:`)) return undefined;
    return this.log.slice(positionOf(cursor)).filter((event) => matches(topic, event));
  }

  private rows(topic: string) {
    return [...versionsOf(this, topic)].map(([order_id, version]) => sampleSummary({ order_id, version }));
  }

  private cursor(position: number): string {
    return `${this.epoch}:${position}`;
  }
}
