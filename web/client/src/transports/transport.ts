/**
 * A way to the server. Whatever carries it, it looks like a WebSocket that speaks `waybill.v1.json`: frames go in and
 * come out, and when it ends there is a close code. So the state machine knows one protocol only.
 */
import type { ClientFrame, Frame } from '../frames.ts';

/** How frames travel: a WebSocket; server-sent events; or a request after the other that waits for something to happen. */
export type Transport = 'websocket' | 'sse' | 'poll';

export interface Wire {
  send(frames: ClientFrame[]): void;
  /** Ends it; nothing is heard of it any more. */
  close(): void;
}

export interface WireEvents {
  opened(): void;
  /** Also told, without frames, when there was only a sign of life. */
  frames(frames: Frame[]): void;
  /** The end. `withinMs`: the server's wish for when to come back, at a random moment within that time. */
  closed(code: number, withinMs?: number): void;
}

/** Opens a way to the server. Tells of events later only, never while it is called. */
export type Connect = (transport: Transport, on: WireEvents) => Wire;
