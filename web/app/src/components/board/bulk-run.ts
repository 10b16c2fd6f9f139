/**
 * One command for many orders, in requests of some each. A request whose answer is lost is asked again with the same key,
 * so that it is done once and we know what became of it.
 */
import type { CancelReason, Client, OrderSummary, Problem, Status } from '@waybill/client';
import { messageOf, ProblemError, requestJson } from '@waybill/client/react';
import { randomKey } from '../../api.ts';

export type BulkCommand = ({ to: Status } | { reason: CancelReason }) & { internal_note?: string; message_to_customer?: string };

/**
 * - `waiting`, `sending`: not answered yet
 * - `applied`, `unchanged`, `refused`: as the server says
 * - `unknown`: sent, and no answer came
 * - `left`: never sent
 */
export type RowState = 'waiting' | 'sending' | 'applied' | 'unchanged' | 'refused' | 'unknown' | 'left';

export interface BulkRow {
  /** As whoever gave the command saw it: another version is refused. */
  readonly order: OrderSummary;
  readonly state: RowState;
  /** Why it was refused. */
  readonly problem?: Problem;
}

export interface BulkState {
  readonly command: BulkCommand;
  readonly rows: readonly BulkRow[];
  /** `stopping`: what was sent is waited for, nothing more is sent. */
  readonly phase: 'running' | 'stopping' | 'over';
  /** What keeps it from going on, in words. */
  readonly trouble: string | null;
}

interface Answer {
  results: { order_id: string; outcome: 'applied' | 'unchanged' | 'refused'; problem?: Problem }[];
}

/** Orders of a request. The server takes 100; fewer show sooner how it goes. */
export const ROWS = 25;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 15_000;
/** Without an answer for so long, none is expected any more. */
const ANSWER_MS = 60_000;

/** One request, with the key that it keeps. */
interface Batch {
  readonly from: number;
  readonly to: number;
  readonly key: string;
}

export class BulkRun {
  private state: BulkState;
  private readonly client: Client;
  private readonly batches: Batch[];
  private readonly listeners = new Set<() => void>();
  private wake: () => void = () => undefined;

  constructor(client: Client, command: BulkCommand, orders: readonly OrderSummary[]) {
    this.client = client;
    this.state = { command, rows: orders.map((order) => ({ order, state: 'waiting' })), phase: 'running', trouble: null };
    this.batches = Array.from({ length: Math.ceil(orders.length / ROWS) }, (_, i) => (
      { from: i * ROWS, to: Math.min((i + 1) * ROWS, orders.length), key: randomKey() }
    ));
  }

  readonly get = (): BulkState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Sends nothing more. What was sent and not answered stays unknown until it is asked for again. */
  readonly stop = (): void => {
    if (this.state.phase === 'over') return;
    this.set({ phase: 'stopping' });
    this.wake();
  };

  /** Goes through what is waiting; after a stop, through what is unknown. Ends when all is answered, or on `stop`. */
  readonly run = async (): Promise<void> => {
    this.set({ phase: 'running' });
    // The connection is back: a reason to try at once.
    const unlisten = this.client.onStatus(() => {
      if (this.client.status.state === 'live') this.wake();
    });
    for (const batch of this.batches) {
      const first = this.state.rows[batch.from]?.state;
      if (first === 'waiting' || first === 'unknown') await this.send(batch);
    }
    unlisten();
    this.set({ phase: 'over', trouble: null });
  };

  private async send(batch: Batch): Promise<void> {
    const { rows, command } = this.state;
    if (this.isStopping()) {
      if (rows[batch.from]?.state === 'waiting') this.mark(batch, 'left');
      return;
    }
    const orders = rows.slice(batch.from, batch.to).map(({ order }) => ({ order_id: order.order_id, expected_version: order.version }));
    const body = JSON.stringify({ orders, ...command });
    const path = `/v1/orders/bulk/${'reason' in command ? 'cancel' : 'status'}`;
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, RETRY_MAX_MS)) {
      this.mark(batch, 'sending');
      try {
        const headers = { 'content-type': 'application/json', 'idempotency-key': batch.key };
        this.take(batch, await requestJson<Answer>(this.client, path, { method: 'POST', headers, body, signal: AbortSignal.timeout(ANSWER_MS) }));
        return;
      } catch (error) {
        const problem = error instanceof ProblemError ? error.problem : null;
        if (problem && !isPassing(problem)) {
          this.mark(batch, 'refused', problem);
          return;
        }
        // What was turned away for being too much was not done.
        this.mark(batch, problem?.status === 429 ? 'waiting' : 'unknown', undefined, messageOf(error));
        if (!this.isStopping()) await this.pause(Math.max(wait, 1_000 * (problem?.retry_after_secs ?? 0)));
        if (this.isStopping()) {
          if (problem?.status === 429) this.mark(batch, 'left');
          return;
        }
      }
    }
  }

  /** Read anew at every turn, since it changes while we wait. */
  private isStopping(): boolean {
    return this.state.phase === 'stopping';
  }

  private take({ from }: Batch, { results }: Answer): void {
    const rows = this.state.rows.slice();
    results.forEach(({ outcome, problem }, i) => {
      const row = rows[from + i];
      if (row) rows[from + i] = { order: row.order, state: outcome, ...(problem && { problem }) };
    });
    this.set({ rows, trouble: null });
  }

  private mark({ from, to }: Batch, state: RowState, problem?: Problem, trouble: string | null = null): void {
    const rows = this.state.rows.map((row, i) => (i < from || i >= to ? row : { order: row.order, state, ...(problem && { problem }) }));
    this.set({ rows, trouble });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private set(change: Partial<BulkState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** Whether the same request may be answered otherwise a little later. */
function isPassing({ status }: Problem): boolean {
  return status === 429 || status === 408 || status >= 500;
}

export type Tally = Record<RowState, number>;

export function tallyOf(rows: readonly BulkRow[]): Tally {
  const tally: Tally = { waiting: 0, sending: 0, applied: 0, unchanged: 0, refused: 0, unknown: 0, left: 0 };
  for (const { state } of rows) tally[state] += 1;
  return tally;
}
