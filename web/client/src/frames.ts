/** The frames of `waybill.v1.json`: one JSON object a line, several lines to a message. */
import type { Cursor, EventType, OrderEvent, OrderSummary, OrderView } from './wire.ts';

export const SUBPROTOCOL = 'waybill.v1.json';

export type ClientFrame =
  | { type: 'hello'; token: string }
  | { type: 'auth'; token: string }
  | {
      type: 'subscribe';
      id: string;
      topic: string;
      after?: Cursor;
      types?: readonly EventType[];
      include?: 'order';
      snapshot?: true;
    }
  | { type: 'unsubscribe'; id: string }
  | { type: 'pong' };

export type ResetReason = 'epoch' | 'ahead' | 'mismatch';

export interface WelcomeFrame {
  type: 'welcome';
  connection_id: string;
  epoch: string | number;
  ping_secs: number;
  token_expires_at?: string | null;
  subject?: string;
  roles?: string[];
}

/** What a subscription starts from: the first page of a list, or one order. */
export interface Snapshot {
  cursor: Cursor;
  orders?: OrderSummary[];
  next_cursor?: string | null;
  order?: OrderView;
}

export type ServerFrame =
  | WelcomeFrame
  | { type: 'subscribed'; id: string; mode: 'replay' | 'live'; cursor: Cursor }
  | ({ type: 'snapshot'; id: string } & Snapshot)
  | { type: 'event'; ids: string[]; event: OrderEvent; order?: OrderSummary }
  | { type: 'live'; id: string; cursor: Cursor }
  | { type: 'cursor'; id: string; cursor: Cursor }
  | { type: 'reset'; id: string; reason: ResetReason }
  | { type: 'auth_expiring'; in_secs: number }
  | { type: 'ping'; cursor?: Cursor }
  | { type: 'drain'; retry_within_ms: number }
  | { type: 'error'; id?: string; code: string; detail: string; retry: boolean };

/** The frames of one message. A line that is not a frame is left out: a newer server may say more than we know. */
export function parseFrames(text: string): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const frame = JSON.parse(line) as ServerFrame | null;
      if (frame && typeof frame.type === 'string') frames.push(frame);
    } catch {
      // Not JSON: nothing that we could act on.
    }
  }
  return frames;
}

/** What a close code asks of the client. Anything not listed: come back with backoff. */
export const CLOSE = {
  badFrame: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  helloTimeout: 4408,
  revoked: 4409,
  frameTooBig: 4413,
  draining: 4100,
  noProgress: 4101,
  noPong: 4103,
  overloaded: 4120,
} as const;

/** Closes after which trying again would only repeat the mistake. */
export function isFinal(code: number): boolean {
  return code === CLOSE.badFrame || code === CLOSE.forbidden || code === CLOSE.revoked || code === CLOSE.frameTooBig;
}
