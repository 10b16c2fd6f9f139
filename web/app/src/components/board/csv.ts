/** The list as a file: read as it comes, so that it can be said how far it is, and kept only when it is whole. */
import type { Client } from '@waybill/client';
import { ProblemError, UNREACHABLE } from '@waybill/client/react';
import type { OrdersFilter } from '@waybill/client/react';
import type { View } from './view.ts';

export interface CsvProgress {
  /** Orders, without the line of names. */
  readonly rows: number;
  readonly bytes: number;
}

/** The file; rejects with an `AbortError` when it is not wanted any more, else with what to say. */
export async function readCsv(client: Client, filter: OrdersFilter, signal: AbortSignal, tell: (progress: CsvProgress) => void): Promise<Blob> {
  const response = await client.fetch(pathOf(filter), { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Error(UNREACHABLE, { cause: error });
  });
  if (!response.ok || !response.body) {
    const problem = (await response.json().catch(() => null)) as ConstructorParameters<typeof ProblemError>[0] | null;
    throw problem ? new ProblemError(problem) : new Error(`The server answered with ${response.status}.`);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const lines = new LineCounter();
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new Error(`The connection broke after ${lines.rows.toLocaleString()} orders. Nothing was saved; try again.`, { cause: error });
    });
    if (done) break;
    parts.push(value);
    bytes += value.length;
    lines.count(value);
    tell({ rows: lines.rows, bytes });
  }
  // With the mark by which spreadsheets that open it know that it is UTF-8.
  return new Blob(['\uFEFF', ...parts], { type: 'text/csv;charset=utf-8' });
}

/** Counts records of RFC 4180: a line break within quotes ends none. */
export class LineCounter {
  private quoted = false;
  private lines = 0;

  count(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 0x22) this.quoted = !this.quoted;
      else if (byte === 0x0a && !this.quoted) this.lines += 1;
    }
  }

  get rows(): number {
    return Math.max(0, this.lines - 1);
  }
}

/** Of the sorts the server takes those alone that do not change while the file is written. */
function pathOf({ status = [], customer, from, to, q, sort }: OrdersFilter): string {
  const statuses = typeof status === 'string' ? status : status.join();
  const asked = { status: statuses, customer, from, to, q, sort: sort?.endsWith('placed_at') ? sort : '' };
  const query = new URLSearchParams(Object.entries(asked).filter((entry): entry is [string, string] => Boolean(entry[1])));
  return `/v1/orders.csv?${query.toString()}`;
}

/** Says what is in it and when it was made: `orders shipped customer-7 2026-03-02 1405.csv`. */
export function fileName({ status, customer, from, to, q }: View, now: Date): string {
  const days = from && to ? `${from} to ${to}` : from ? `from ${from}` : to ? `to ${to}` : '';
  const pad = (n: number) => String(n).padStart(2, '0');
  const day = `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
  const parts = ['orders', ...status, customer, days, q, 'made', day, `${pad(now.getHours())}${pad(now.getMinutes())}`];
  // Without what some file systems do not take.
  const name = parts.join(' ').replace(/[^\p{L}\p{N}@._-]+/gu, ' ').trim().replaceAll(' ', '-');
  return `${Array.from(name).slice(0, 120).join('')}.csv`;
}

export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  // Some browsers read it only after the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
