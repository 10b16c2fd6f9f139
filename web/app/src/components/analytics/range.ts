/** Which days the page is about, as the address has it. All days are those of UTC, as the server's are. */

export type Unit = 'hour' | 'day';

/** Days that can be asked for at once. */
export const MOST_DAYS: Record<Unit, number> = { hour: 31, day: 366 };
const USUAL_DAYS: Record<Unit, number> = { hour: 2, day: 30 };

export interface View {
  readonly by: Unit;
  /** So many days up to today, moving on with it; null if the days are named. */
  readonly days: number | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Whose revenue; null for that with the most orders. */
  readonly currency: string | null;
  readonly asTable: boolean;
}

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The beginning of a day in milliseconds, or NaN. Dates that do not exist, such as 30 February, are none. */
function msOf(date: string): number {
  const ms = DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  return Number.isNaN(ms) || dateOf(ms) !== date ? NaN : ms;
}

export function addDays(date: string, days: number): string {
  return dateOf(msOf(date) + days * DAY_MS);
}

export function parseView(search: string): View {
  const params = new URLSearchParams(search);
  const by = params.get('by') === 'hour' ? 'hour' : 'day';
  const [from, to] = [params.get('from'), params.get('to')];
  const named = from !== null || to !== null;
  const days = Number(params.get('days'));
  const usable = Number.isInteger(days) && days >= 1 && days <= MOST_DAYS[by];
  return {
    by,
    days: named ? null : usable ? days : USUAL_DAYS[by],
    from,
    to,
    currency: params.get('currency'),
    asTable: params.get('as') === 'table',
  };
}

export function formatView({ by, days, from, to, currency, asTable }: View): string {
  const params = new URLSearchParams();
  if (by !== 'day') params.set('by', by);
  if (days === null) {
    if (from !== null) params.set('from', from);
    if (to !== null) params.set('to', to);
  } else if (days !== USUAL_DAYS[by]) params.set('days', String(days));
  if (currency !== null) params.set('currency', currency);
  if (asTable) params.set('as', 'table');
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export interface Range {
  readonly by: Unit;
  readonly from: string;
  readonly to: string;
}

/** The days that are meant, or what is wrong with them and with which field. */
export function rangeOf(view: View, today: string): Range | { fault: string; field: 'from' | 'to' } {
  const { by } = view;
  const to = view.to ?? today;
  const from = view.from ?? addDays(msOf(to) ? to : today, 1 - (view.days ?? USUAL_DAYS[by]));
  if (Number.isNaN(msOf(to))) return { fault: 'Choose a day.', field: 'to' };
  if (Number.isNaN(msOf(from))) return { fault: 'Choose a day.', field: 'from' };
  const days = (msOf(to) - msOf(from)) / DAY_MS + 1;
  if (days < 1) return { fault: 'Choose a first day that is not after the last.', field: 'from' };
  const most = MOST_DAYS[by];
  if (days > most) return { fault: `By ${by} at most ${most} days can be shown. Choose a later first day.`, field: 'from' };
  return { by, from, to };
}

/** The same days by another unit: as many of the last ones as it allows. */
export function withUnit(view: View, by: Unit, today: string): View {
  const most = MOST_DAYS[by];
  if (view.days !== null) return { ...view, by, days: view.days === USUAL_DAYS[view.by] ? USUAL_DAYS[by] : Math.min(view.days, most) };
  const range = rangeOf({ ...view, by: 'day' }, today);
  if ('fault' in range) return { ...view, by };
  const earliest = addDays(range.to, 1 - most);
  return { ...view, by, from: range.from < earliest ? earliest : range.from, to: range.to };
}

export interface Counted {
  /** When the hour or day begins, in milliseconds since 1970. */
  readonly start: number;
  readonly orders: number;
  readonly cancelled: number;
  readonly revenue: number;
  /** Whether it is not over yet. */
  readonly soFar: boolean;
}

interface Period {
  start: string;
  orders: number;
  cancelled: number;
  revenue: number;
}

/** Every hour or day of the range up to now, those without orders too; counts of all series, revenue of one. */
export function filled({ by, from, to }: Range, all: readonly { periods: readonly Period[] }[], chosen: { periods: readonly Period[] } | undefined, now: number): Counted[] {
  const length = by === 'hour' ? DAY_MS / 24 : DAY_MS;
  const counts = new Map<number, { orders: number; cancelled: number }>();
  for (const { periods } of all) {
    for (const { start, orders, cancelled } of periods) {
      const at = Date.parse(start);
      const known = counts.get(at);
      counts.set(at, { orders: (known?.orders ?? 0) + orders, cancelled: (known?.cancelled ?? 0) + cancelled });
    }
  }
  const revenues = new Map(chosen?.periods.map(({ start, revenue }) => [Date.parse(start), revenue]));
  const rows: Counted[] = [];
  for (let start = msOf(from); start < msOf(to) + DAY_MS; start += length) {
    // What has not begun has no figures; that is not the same as none.
    if (start > now && !counts.has(start)) break;
    const { orders, cancelled } = counts.get(start) ?? { orders: 0, cancelled: 0 };
    rows.push({ start, orders, cancelled, revenue: revenues.get(start) ?? 0, soFar: start <= now && now < start + length });
  }
  return rows;
}
