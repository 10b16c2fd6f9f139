/** Which orders a list shows, and in which order: what the server is asked for, decided again for every event. */
import type { OrderEvent, OrderSummary, Status } from '../wire.ts';

/** By what a list is sorted; with a minus the greatest first. The id decides between equals, in the same direction. */
export type OrdersSort = 'placed_at' | '-placed_at' | 'updated_at' | '-updated_at' | 'total' | '-total';

export interface OrdersFilter {
  /** One of these; none or an empty list means any. */
  status?: Status | readonly Status[];
  customer?: string;
  /** Placed then or later, in RFC 3339. */
  from?: string;
  /** Placed before then. */
  to?: string;
  /** Words, found by their beginnings: of number, reference, customer, recipient, e-mail, titles and article codes. */
  q?: string;
  /** The newest first, if not given. */
  sort?: OrdersSort;
}

export type Compare = (a: OrderSummary, b: OrderSummary) => number;

export function compareBy(sort: OrdersSort = '-placed_at'): Compare {
  const key = sort.replace('-', '') as 'placed_at' | 'updated_at' | 'total';
  const direction = sort === key ? 1 : -1;
  return (a, b) => {
    const [x, y] = a[key] === b[key] ? [a.order_id, b.order_id] : [a[key], b[key]];
    return x === y ? 0 : x < y ? -direction : direction;
  };
}

export function statusesOf({ status = [] }: OrdersFilter): readonly Status[] {
  return typeof status === 'string' ? [status] : status;
}

/** What of a filter can be told from an order alone, which is all but the text. */
export function isWanted(order: OrderSummary, filter: OrdersFilter): boolean {
  const statuses = statusesOf(filter);
  return (
    (statuses.length === 0 || statuses.includes(order.status)) &&
    (!filter.customer || order.customer_id === filter.customer) &&
    (!filter.from || order.placed_at >= inMicroseconds(filter.from)) &&
    (!filter.to || order.placed_at < inMicroseconds(filter.to))
  );
}

/** A time as the server writes it, so that the two compare as texts. */
function inMicroseconds(time: string): string {
  return /\.\d{6}Z$/.test(time) ? time : new Date(time).toISOString().replace('Z', '000Z');
}

/** As the server takes texts and questions apart: the first 40 letters of every word, in lower case. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{Alphabetic}\p{N}]+/u).filter(Boolean).map((word) => Array.from(word).slice(0, 40).join(''));
}

/** The words that count of a question. */
export function question(q = ''): string[] {
  return wordsOf(q).slice(0, 10);
}

/**
 * Whether an order has all words of a question, as far as can be told from its summary and an event: its e-mail, its
 * article codes and further titles are in neither, unless the event has just set them. Null: only the server knows.
 */
export function hasWords(asked: readonly string[], order: OrderSummary, event: OrderEvent): boolean | null {
  const { order_number, customer_id, reference, recipient, titles } = order;
  const texts = [order_number, customer_id, reference, recipient, ...titles, ...textsOf(event)];
  const known = wordsOf(texts.join(' '));
  if (asked.every((word) => known.some((other) => other.startsWith(word)))) return true;
  return event.type === 'order.created' ? false : null;
}

/** Whether an event can have given an order other words. */
export function changesWords(event: OrderEvent): boolean {
  return event.type === 'order.updated' && event.data.changes.some(({ kind }) => kind === 'pricing' || kind === 'shipping_address');
}

/** What an event says that can be searched for, and is not all in the summary. */
function textsOf(event: OrderEvent): (string | undefined)[] {
  if (event.type === 'order.created') return detailTexts(event.data);
  if (event.type !== 'order.updated') return [];
  return event.data.changes.flatMap(({ kind, after }) => detailTexts({ [kind]: after }));
}

interface Details {
  pricing?: { items: readonly { title: string; sku: string }[] } | null;
  shipping_address?: { email?: string } | null;
}

function detailTexts({ pricing, shipping_address }: Details): (string | undefined)[] {
  return [shipping_address?.email, ...(pricing?.items ?? []).flatMap(({ title, sku }) => [title, sku])];
}
