/** What the board shows, as its address says it: so that a view can be kept, shared and gone back to. */
import { type Status, STATUSES } from '@waybill/client';
import type { OrdersFilter, OrdersSort } from '@waybill/client/react';

export interface View {
  /** In the order of a shipment; none means any. */
  readonly status: readonly Status[];
  readonly customer: string;
  /** Days of the reader's own time zone, `2026-03-31`: the first and the last on which orders were placed. */
  readonly from: string;
  readonly to: string;
  readonly q: string;
  readonly sort: OrdersSort;
}

export const SORT_NAMES: Record<OrdersSort, string> = {
  '-placed_at': 'Newest first',
  placed_at: 'Oldest first',
  '-updated_at': 'Changed last first',
  updated_at: 'Unchanged longest first',
  '-total': 'Highest total first',
  total: 'Lowest total first',
};

export const EVERYTHING: View = { status: [], customer: '', from: '', to: '', q: '', sort: '-placed_at' };

/** Bytes that the server takes. */
const TEXT_MAX = 200;
const CUSTOMER_MAX = 128;

/** Reads an address's query; `dropped` are the parts that mean nothing. */
export function parseView(search: string): { view: View; dropped: readonly string[] } {
  const query = new URLSearchParams(search);
  const dropped: string[] = [];
  const read = (name: string, isGood: (value: string) => boolean): string => {
    const value = query.get(name)?.trim() ?? '';
    if (value === '' || isGood(value)) return value;
    dropped.push(`${name}=${value}`);
    return '';
  };
  const asked = (query.get('status') ?? '').split(',').map((status) => status.trim()).filter(Boolean);
  const unknown = asked.filter((status) => !isStatus(status));
  if (unknown.length > 0) dropped.push(`status=${unknown.join(',')}`);
  const view: View = {
    status: STATUSES.filter((status) => asked.includes(status)),
    customer: read('customer', (value) => bytes(value) <= CUSTOMER_MAX),
    from: read('from', isDay),
    to: read('to', isDay),
    q: read('q', (value) => bytes(value) <= TEXT_MAX),
    sort: (read('sort', (value) => value in SORT_NAMES) || EVERYTHING.sort) as OrdersSort,
  };
  return { view, dropped };
}

/** The query of the address that shows a view; empty for everything. */
export function formatView(view: View): string {
  const query = new URLSearchParams();
  if (view.status.length > 0) query.set('status', STATUSES.filter((status) => view.status.includes(status)).join());
  for (const name of ['customer', 'from', 'to', 'q'] as const) if (view[name] !== '') query.set(name, view[name]);
  if (view.sort !== EVERYTHING.sort) query.set('sort', view.sort);
  const text = query.toString().replaceAll('%2C', ',');
  return text && `?${text}`;
}

/** A view as the server is asked for it. */
export function filterOf({ status, customer, from, to, q, sort }: View): OrdersFilter {
  return {
    ...(status.length > 0 && { status }),
    ...(customer && { customer }),
    ...(from && { from: midnight(from, 0) }),
    // The server's end is not included, the reader's last day is.
    ...(to && { to: midnight(to, 1) }),
    ...(q && { q }),
    sort,
  };
}

/** Whether anything is left out. */
export function isFiltered(view: View): boolean {
  return formatView({ ...view, sort: EVERYTHING.sort }) !== '';
}

export function reversed(sort: OrdersSort): OrdersSort {
  return (sort.startsWith('-') ? sort.slice(1) : `-${sort}`) as OrdersSort;
}

function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The beginning of a day, or of one some days later, where the reader is. */
function midnight(day: string, daysLater: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + daysLater).toISOString();
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** As much of a text as the server takes. */
export function clipped(text: string, most: number): string {
  let clip = text;
  while (bytes(clip) > most) clip = Array.from(clip).slice(0, -1).join('');
  return clip;
}

export const clipText = (text: string): string => clipped(text.trim(), TEXT_MAX);
export const clipCustomer = (text: string): string => clipped(text.trim(), CUSTOMER_MAX);
