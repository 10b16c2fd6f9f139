/** Folding events into a list of orders: which rows it has, where they stand, how many there are. */
import { type Counts, type OrderEvent, type OrderSummary, STATUSES, type Status } from '../wire.ts';

export interface OrdersFilter {
  status?: Status;
  /** Free text, searched by the server. */
  q?: string;
}

/** Newest first; the id decides between orders placed in the same instant. */
export function compareOrders(a: OrderSummary, b: OrderSummary): number {
  if (a.placed_at !== b.placed_at) return a.placed_at < b.placed_at ? 1 : -1;
  return a.order_id < b.order_id ? 1 : -1;
}

/** Whether a changed row is still one that was searched for: as near as can be told without asking the server. */
export function matchesText(order: OrderSummary, q = ''): boolean {
  const text = q.trim().toLowerCase();
  if (text === '') return true;
  const { order_number, reference, customer_id, recipient, city, tracking, titles } = order;
  return [order_number, reference, customer_id, recipient, city, tracking?.number, ...titles].some(
    (field) => field?.toLowerCase().includes(text),
  );
}

/** Rows and other rows of the same list, sorted; of two versions of one order the newer stays. */
export function mergeRows(rows: readonly OrderSummary[], more: readonly OrderSummary[]): OrderSummary[] {
  const byId = new Map(rows.map((row) => [row.order_id, row]));
  for (const row of more) {
    const known = byId.get(row.order_id);
    if (!known || known.version < row.version) byId.set(row.order_id, row);
  }
  return [...byId.values()].sort(compareOrders);
}

/**
 * The rows after an event. A row that lies beyond the pages loaded so far stays out: it comes with
 * its page.
 */
export function applyToRows(
  rows: readonly OrderSummary[],
  order: OrderSummary,
  filter: OrdersFilter,
  hasMore: boolean,
): readonly OrderSummary[] {
  const i = rows.findIndex((row) => row.order_id === order.order_id);
  const known = rows[i];
  if (known && known.version >= order.version) return rows;
  const wanted = (!filter.status || order.status === filter.status) && (known !== undefined || matchesText(order, filter.q));
  if (!wanted) return known ? rows.toSpliced(i, 1) : rows;
  if (known) return rows.with(i, order);
  const at = rows.findIndex((row) => compareOrders(order, row) < 0);
  if (at < 0) return hasMore ? rows : [...rows, order];
  return rows.toSpliced(at, 0, order);
}

/** The counts after an event that the counted state does not yet contain. */
export function applyToCounts(counts: Counts, event: OrderEvent, order: OrderSummary, filter: OrdersFilter): Counts {
  if (!matchesText(order, filter.q)) return counts;
  const move = transition(event);
  if (!move) return counts;
  const next = { ...counts };
  if (move.from) next[move.from] = Math.max(0, next[move.from] - 1);
  next[move.to] += 1;
  return next;
}

function transition(event: OrderEvent): { from?: Status; to: Status } | undefined {
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
