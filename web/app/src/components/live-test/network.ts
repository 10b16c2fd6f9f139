/**
 * A network between a client and the server that can be made bad, and that sees what passes. It stands where the client
 * takes its `WebSocket` and its `fetch` from, so what is seen is what is sent.
 */
import { type Conditions, DelayLine } from './delay-line.ts';
import type { Direction } from './frame-log.ts';

export interface Seen {
  /** A message of a WebSocket, as it passed. */
  message(direction: Direction, text: string): void;
  /** Anything else: a request, an answer, an event of a stream, or what was done to the connection. */
  line(direction: Direction, type: string, text: string): void;
  /** Something has to wait. */
  held(): void;
}

export interface Weather {
  readonly incoming: Conditions;
  readonly outgoing: Conditions;
}

export const FAIR: Weather = { incoming: { delayMs: 0, gapMs: 0 }, outgoing: { delayMs: 0, gapMs: 0 } };

const CLOSED = 3;
/** A browser's word for a connection that was lost without a word. */
const LOST = 1006;
/** A socket that was cut stays open behind, mute, until the server gives it up; at the latest after this. */
const MUTE_MS = 120_000;

export class Network {
  readonly WebSocket: typeof WebSocket;
  readonly fetch: typeof fetch;
  readonly incoming = new DelayLine(() => this.weather.incoming, () => this.seen.held());
  readonly outgoing = new DelayLine(() => this.weather.outgoing, () => this.seen.held());
  private weather: Weather = FAIR;
  private readonly seen: Seen;
  private readonly sockets = new Set<Socket>();
  private readonly mute = new Set<WebSocket>();
  private cut = new AbortController();
  private refusesUntil = 0;

  constructor(seen: Seen, real: { WebSocket: typeof WebSocket; fetch: typeof fetch } = globalThis) {
    this.seen = seen;
    const open = (url: string | URL, protocols?: string | string[]) => new Socket(this, seen, () => {
      if (this.refuses) throw new Error('refused');
      return new real.WebSocket(url, protocols);
    });
    // A client only constructs it, and uses of the result what `Socket` has.
    this.WebSocket = function (url: string | URL, protocols?: string | string[]) {
      return open(url, protocols);
    } as unknown as typeof WebSocket;
    this.fetch = (...request) => this.ask((...asked) => real.fetch(...asked), ...request);
  }

  get refuses(): boolean {
    return Date.now() < this.refusesUntil;
  }

  /** From now on messages take as long as this says. */
  setWeather(weather: Weather): void {
    this.weather = weather;
  }

  /**
   * Cuts every connection without a word: this end is told that it was lost; the other end is told nothing, and has to
   * notice. For `refuseMs` milliseconds no new one comes about.
   */
  drop(refuseMs: number): void {
    this.refusesUntil = Date.now() + refuseMs;
    this.seen.line('note', refuseMs > 0 ? `connection cut, none for ${refuseMs / 1000} s` : 'connection cut', '');
    this.incoming.clear();
    this.outgoing.clear();
    this.cut.abort();
    this.cut = new AbortController();
    for (const socket of [...this.sockets]) socket.lose();
  }

  /**
   * Reads nothing for a while. What comes over a stream stays with the server, whose buffers fill; a WebSocket's browser
   * goes on reading, so there only the client hears it later, and answers no pings meanwhile.
   */
  deafen(ms: number): void {
    this.seen.line('note', `reads nothing for ${ms / 1000} s`, '');
    this.incoming.shut(ms);
  }

  /** Sends a text over the WebSocket that is open, whatever it is; false if none is. */
  sendRaw(text: string): boolean {
    const open = [...this.sockets].find((socket) => socket.readyState === 1);
    open?.send(text);
    return open !== undefined;
  }

  add(socket: Socket): void {
    this.sockets.add(socket);
  }

  remove(socket: Socket): void {
    this.sockets.delete(socket);
  }

  /** Keeps what was cut open, unheard, so that the server has to notice by itself. */
  keepMute(real: WebSocket, ms: number): void {
    this.mute.add(real);
    setTimeout(() => this.hangUp(real), ms);
  }

  /** Lets go of everything. */
  end(): void {
    this.incoming.clear();
    this.outgoing.clear();
    this.cut.abort();
    this.cut = new AbortController();
    for (const real of this.mute) this.hangUp(real);
  }

  private hangUp(real: WebSocket): void {
    this.mute.delete(real);
    real.close(1000);
  }

  private async ask(real: typeof fetch, input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const signal = init.signal ? AbortSignal.any([init.signal, this.cut.signal]) : this.cut.signal;
    const url = new URL(input instanceof Request ? input.url : input);
    const name = `${init.method ?? 'GET'} ${url.pathname}`;
    await this.outgoing.turn();
    if (this.refuses) throw new TypeError(CUT);
    assertNotCut(signal);
    this.seen.line('out', name, url.pathname + url.search);
    const response = await real(input, { ...init, signal });
    const { status, statusText, headers, body } = response;
    if (body && headers.get('content-type')?.startsWith('text/event-stream')) {
      this.seen.line('in', `${status} stream`, '');
      return new Response(this.throttle(body), { status, statusText, headers });
    }
    const text = await response.text();
    await this.incoming.turn();
    assertNotCut(signal);
    this.seen.line('in', `${status} ${url.pathname}`, text);
    return new Response(text === '' ? null : text, { status, statusText, headers });
  }

  /** Hands on one piece at a time, when it is asked for and its turn has come. */
  private throttle(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await this.incoming.turn();
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return;
        }
        const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.seeBlock(block);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  private seeBlock(block: string): void {
    const field = (name: string) => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const data = field('data');
    if (data === undefined) this.seen.line('in', block.startsWith(':') ? 'keep-alive' : 'stream', block);
    else this.seen.line('in', `event ${field('event') ?? 'message'}`, data);
  }
}

const CUT = 'the network is cut';

function assertNotCut(signal: AbortSignal): void {
  if (signal.aborted) throw new TypeError(CUT);
}

/** As much of a WebSocket as the client uses. */
class Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;
  private readonly network: Network;
  private readonly seen: Seen;
  private readonly real: WebSocket | undefined;

  constructor(network: Network, seen: Seen, open: () => WebSocket) {
    this.network = network;
    this.seen = seen;
    network.add(this);
    try {
      this.real = open();
    } catch {
      queueMicrotask(() => this.lose());
      return;
    }
    const { real } = this;
    const later = (pass: () => void) => network.incoming.push(() => {
      if (this.readyState !== CLOSED) pass();
    });
    real.onopen = () => later(() => {
      this.readyState = 1;
      seen.line('note', 'WebSocket open', '');
      this.onopen?.();
    });
    real.onmessage = ({ data }) => later(() => {
      seen.message('in', String(data));
      this.onmessage?.({ data });
    });
    real.onclose = ({ code, reason }) => later(() => this.end(code, reason));
  }

  send(text: string): void {
    this.network.outgoing.push(() => {
      if (this.readyState !== 1 || this.real?.readyState !== 1) return;
      this.seen.message('out', text);
      this.real.send(text);
    });
  }

  close(code?: number): void {
    this.readyState = CLOSED;
    this.network.remove(this);
    this.real?.close(code);
  }

  /** As if the line were cut: nothing passes any more, and nobody says goodbye to the server. */
  lose(): void {
    const { real } = this;
    if (real) {
      real.onopen = real.onmessage = real.onclose = null;
      this.network.keepMute(real, MUTE_MS);
    }
    this.end(LOST, '');
  }

  private end(code: number, reason: string): void {
    this.readyState = CLOSED;
    this.network.remove(this);
    this.seen.line('note', `WebSocket closed, ${code}`, reason);
    this.onclose?.({ code, reason });
  }
}
