/**
 * The figures of one range, read again when orders change: at most once a second, and more seldom while the server is slow.
 * What is shown stays until there is something newer.
 */
import type { Client, Delivery, Figures } from '@waybill/client';
import { messageOf, ProblemError, requestJson } from '@waybill/client/react';

export interface FiguresState {
  readonly figures: Figures | null;
  /** What was asked for to get them. */
  readonly path: string | null;
  /** When they were read, in milliseconds since 1970. */
  readonly readAt: number | null;
  /** Whether something happened that is not in them yet. */
  readonly behind: boolean;
  /** Why they could not be read, or not be read again. */
  readonly error: string | null;
  /** Whether that will be tried again by itself. */
  readonly retrying: boolean;
}

const NOTHING: FiguresState = { figures: null, path: null, readAt: null, behind: false, error: null, retrying: false };
const GAP_MS = 1_000;
const RETRY_MS = 3_000;

export class FiguresFeed {
  private state = NOTHING;
  private readonly listeners = new Set<() => void>();
  private path: string | null = null;
  /** Of the newest event that was heard of. */
  private cursor: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading: AbortController | null = null;
  /** How often something was heard of. */
  private heard = 0;
  private startedAt = 0;
  private gap = GAP_MS;

  constructor(private readonly client: Client) {}

  readonly get = (): FiguresState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks for these figures, at once; null for none. */
  ask(path: string | null): void {
    this.stop();
    this.path = path;
    document.addEventListener('visibilitychange', this.onSight);
    if (path !== null) void this.read(path);
  }

  /** Hears what happens to orders. */
  hear(delivery: Delivery): void {
    if (delivery.kind === 'event') this.cursor = delivery.event.cursor;
    // Another life of the log, in which no cursor of the last one means anything.
    if (delivery.kind === 'reset') this.cursor = null;
    if (delivery.kind === 'error') return;
    this.again();
  }

  /** Tries again what could not be read. */
  readonly retry = (): void => {
    if (this.path !== null && this.reading === null) void this.read(this.path);
  };

  stop(): void {
    this.path = null;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.reading?.abort();
    this.reading = null;
    document.removeEventListener('visibilitychange', this.onSight);
  }

  private readonly onSight = (): void => {
    if (!document.hidden && this.state.behind) this.schedule();
  };

  private again(): void {
    if (this.path === null) return;
    this.heard += 1;
    if (!this.state.behind) this.set({ behind: true });
    this.schedule();
  }

  private schedule(atLeast = 0): void {
    // Whoever does not look needs no new figures; onSight comes back to it.
    if (this.timer !== undefined || this.reading !== null || document.hidden) return;
    const wait = Math.max(atLeast, this.startedAt + this.gap - Date.now(), 0);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.path !== null) void this.read(this.path);
    }, wait);
  }

  private async read(path: string): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const reading = new AbortController();
    this.reading = reading;
    this.startedAt = Date.now();
    const { heard } = this;
    const asked = this.cursor === null ? path : `${path}&min_position=${encodeURIComponent(this.cursor)}`;
    try {
      const figures = await requestJson<Figures>(this.client, asked, { signal: reading.signal });
      if (reading.signal.aborted) return;
      this.gap = Math.max(GAP_MS, 4 * (Date.now() - this.startedAt));
      this.reading = null;
      // Also if nothing was heard of: made for the first time, they have the whole log to come through.
      const behind = heard !== this.heard || figures.lag_events > 0;
      this.set({ figures, path, readAt: Date.now(), behind, error: null, retrying: false });
      if (behind) this.schedule();
    } catch (error) {
      if (reading.signal.aborted) return;
      this.reading = null;
      const problem = error instanceof ProblemError ? error.problem : null;
      if (problem?.code === 'cursor_reset' || problem?.code === 'invalid_cursor') this.cursor = null;
      const final = problem?.status === 400 || problem?.status === 403 || problem?.status === 401;
      this.set({ error: messageOf(error), retrying: !final, behind: true });
      if (!final) this.schedule(RETRY_MS);
    }
  }

  private set(part: Partial<FiguresState>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}
