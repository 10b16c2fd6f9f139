/** The rows of a list as far as it has been read, kept in order by binary search: good for a hundred thousand. */
import { type Counts, type OrderEvent, type OrderSummary, STATUSES, type Status } from '../wire.ts';
import type { Compare } from './order-filter.ts';

export class OrderList {
  /** Sorted; another array after every change. */
  rows: readonly OrderSummary[] = [];
  /** The last order that was read, as it was then: what comes after it is not known. Null if nothing does. */
  end: OrderSummary | null = null;
  private readonly byId = new Map<string, OrderSummary>();
  private readonly compare: Compare;

  constructor(compare: Compare) {
    this.compare = compare;
  }

  get(id: string): OrderSummary | undefined {
    return this.byId.get(id);
  }

  /** Whether an order that stands there would be among the rows. */
  covers(order: OrderSummary): boolean {
    return this.end === null || this.compare(order, this.end) <= 0;
  }

  /** How many rows stand before that place. */
  indexOf(order: OrderSummary): number {
    let from = 0;
    let to = this.rows.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const row = this.rows[middle];
      if (row && this.compare(row, order) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Takes a row in, in place of an older version of it. One that stands beyond the end stays out: it comes with its page. */
  put(order: OrderSummary): void {
    const known = this.byId.get(order.order_id);
    if (known && known.version >= order.version) return;
    if (known) this.remove(order.order_id);
    if (!this.covers(order)) return;
    this.byId.set(order.order_id, order);
    this.rows = this.rows.toSpliced(this.indexOf(order), 0, order);
  }

  remove(id: string): void {
    const known = this.byId.get(id);
    if (!known) return;
    this.byId.delete(id);
    this.rows = this.rows.toSpliced(this.indexOf(known), 1);
  }

  /** Lets go of what comes after a place; of everything, if there is none. */
  cut(end: OrderSummary | null): void {
    const at = end ? this.indexOf(end) : 0;
    const last = this.rows[at];
    const keep = end && last && this.compare(last, end) === 0 ? at + 1 : at;
    for (const row of this.rows.slice(keep)) this.byId.delete(row.order_id);
    this.rows = this.rows.slice(0, keep);
    this.end = end;
  }

  /** Takes in the rows that follow the end, in place of others of theirs; `complete`: there are no more. */
  append(page: readonly OrderSummary[], complete: boolean): void {
    for (const row of page) {
      this.remove(row.order_id);
      this.byId.set(row.order_id, row);
    }
    this.rows = this.rows.concat(page);
    this.end = complete ? null : (page.at(-1) ?? this.end);
  }
}

/** The counts after an event that the counted state does not yet contain. */
export function applyToCounts(counts: Counts, event: OrderEvent): Counts {
  const move = transition(event);
  if (!move) return counts;
  const next = { ...counts };
  if (move.from) next[move.from] = Math.max(0, next[move.from] - 1);
  next[move.to] += 1;
  return next;
}

/** Between which statuses an event led, if it changed any. */
export function transition(event: OrderEvent): { from?: Status; to: Status } | undefined {
  switch (event.type) {
    case 'order.created':
      return { to: 'pending' };
    case 'order.status_changed':
      return { from: event.data.from, to: event.data.to };
    case 'order.cancelled':
      return { from: event.data.from, to: 'cancelled' };
    case 'order.completed':
      return { from: event.data.from, to: 'delivered' };
    default:
      return undefined;
  }
}

export function emptyCounts(): Counts {
  return Object.fromEntries(STATUSES.map((status) => [status, 0])) as Counts;
}
