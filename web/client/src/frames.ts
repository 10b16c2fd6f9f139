/** The frames of `waybill.v1.json`: one JSON object a line, several lines to a message. */
import type { ServerFrame, WelcomeFrame } from './contract.ts';

export type { ClientFrame, ResetReason, ServerFrame, SnapshotFrame, SubscribeFrame } from './contract.ts';

export const SUBPROTOCOL = 'waybill.v1.json';

/** A server's greeting as far as every transport can give it: over HTTP there is nothing to say of the connection. */
export type Welcome = Pick<WelcomeFrame, 'type' | 'ping_secs'> & Partial<WelcomeFrame>;

/** What comes over a transport. */
export type Frame = Exclude<ServerFrame, WelcomeFrame> | Welcome;

/** The frames of one message. A line that is not a frame is left out: a newer server may say more than we know. */
export function parseFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split('\n')) {
    try {
      const frame = JSON.parse(line) as Frame | null;
      if (typeof frame?.type === 'string') frames.push(frame);
    } catch {
      // Not JSON: nothing that we could act on.
    }
  }
  return frames;
}

/** What a close code asks of the client. Anything not listed: come back with backoff. */
export const CLOSE = {
  /** The network, not the server. */
  lost: 1006,
  badFrame: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  /** Never sent: our own word for a path to the server on which nothing gets through in time. */
  useless: 4406,
  revoked: 4409,
  frameTooBig: 4413,
  draining: 4100,
  noPong: 4103,
  overloaded: 4120,
} as const;

/** Closes after which trying again would only repeat the mistake. */
export function isFinal(code: number): boolean {
  return code === CLOSE.badFrame || code === CLOSE.forbidden || code === CLOSE.revoked || code === CLOSE.frameTooBig;
}
