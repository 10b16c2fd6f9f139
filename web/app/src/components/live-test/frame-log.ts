/** What went over the connection, both ways: the last frames, without secrets, and no more of each than one can look at. */

/** Frames that are kept; older ones are let go of, and counted. */
export const KEPT_MAX = 2_000;
/** Characters of a frame that are kept. */
const TEXT_MAX = 16_384;

/** `note`: what the page itself did to the connection. */
export type Direction = 'in' | 'out' | 'note';

export interface SeenFrame {
  /** Counts from 1, also over those let go of. */
  readonly n: number;
  /** When it passed, in milliseconds since 1970. */
  readonly at: number;
  readonly direction: Direction;
  /** The `type` of a frame, the event's type where it carries one, or the line of a request. */
  readonly type: string;
  /** Its size in bytes as sent, without what a WebSocket or HTTP adds. */
  readonly bytes: number;
  /** As sent, but for tokens; at most 16,384 characters. */
  readonly text: string;
  readonly cut: boolean;
}

export interface LogState {
  readonly frames: readonly SeenFrame[];
  /** How many were let go of. */
  readonly dropped: number;
}

const encoder = new TextEncoder();

export class FrameLog {
  private frames: SeenFrame[] = [];
  private n = 0;
  private dropped = 0;

  /** Takes a message apart into its frames, which are one a line. */
  addMessage(direction: Direction, message: string, at: number): void {
    for (const line of message.split('\n')) if (line !== '') this.add(direction, typeOf(line), line, at);
  }

  add(direction: Direction, type: string, text: string, at: number): void {
    this.n += 1;
    const shown = hideTokens(text).slice(0, TEXT_MAX);
    const bytes = encoder.encode(text).length;
    this.frames.push({ n: this.n, at, direction, type, bytes, text: shown, cut: text.length > TEXT_MAX });
    if (this.frames.length <= KEPT_MAX) return;
    this.frames.shift();
    this.dropped += 1;
  }

  /** A copy, which does not change any more. */
  get(): LogState {
    return { frames: [...this.frames], dropped: this.dropped };
  }

  clear(): void {
    this.frames = [];
    this.dropped = 0;
  }
}

/** What a frame calls itself: `event order.created`, `ping`, or that it is none. */
function typeOf(line: string): string {
  try {
    const frame = JSON.parse(line) as { type?: unknown; event?: { type?: unknown } } | null;
    const { type, event } = frame ?? {};
    if (typeof type !== 'string') return 'no frame';
    return typeof event?.type === 'string' ? `${type} ${event.type}` : type;
  } catch {
    return 'no frame';
  }
}

const HIDDEN = '••• hidden •••';

/** What is shown may be copied into a ticket, so no token is in it, wherever it stands. */
export function hideTokens(text: string): string {
  return text
    .replaceAll(/("(?:\w*_)?token"\s*:\s*")(?:[^"\\]|\\.)*/gi, `$1${HIDDEN}`)
    .replaceAll(/\b[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, (found) => (found.startsWith('ey') ? HIDDEN : found));
}

/** With indents; as it is where it is no JSON, or only a part of one. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The frames that a filter leaves: all of its words are somewhere in them. */
export function matching(frames: readonly SeenFrame[], text: string, direction: Direction | null): readonly SeenFrame[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && direction === null) return frames;
  return frames.filter((frame) => {
    if (direction !== null && frame.direction !== direction) return false;
    const all = `${frame.type} ${frame.text}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
