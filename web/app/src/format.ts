/** Money, dates and durations in the reader's own way of writing. */

/** An amount in minor units; how many of them make a whole depends on the currency. */
export function money(minor: number, currency: string, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

export function dateTime(iso: string, locale?: string): string {
  return new Date(iso).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Day and time without the year, where there is little room. */
export function shortDateTime(iso: string, locale?: string): string {
  return new Date(iso).toLocaleString(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
}

/** The time of day, to the second: for what has just happened. */
export function clockTime(iso: string, locale?: string): string {
  return new Date(iso).toLocaleTimeString(locale, { timeStyle: 'medium' });
}

/** To the second, with the time zone. */
export function exactTime(iso: string, locale?: string): string {
  return new Date(iso).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'long' });
}

/** A day without a time, which is the same day everywhere. */
export function day(date: string, locale?: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(locale, { dateStyle: 'medium', timeZone: 'UTC' });
}

const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]] as const;

/** "5 minutes ago"; for anything older than a week, its date. */
export function ago(then: number, now: number, locale?: string): string {
  const ms = Math.max(0, now - then);
  if (ms >= 7 * 86_400_000) return new Date(then).toLocaleDateString(locale, { dateStyle: 'medium' });
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  for (const [unit, length] of UNITS) if (ms >= length) return format.format(-Math.floor(ms / length), unit);
  return 'just now';
}

/** "4 s", "12 min", "3 h": how long, in the largest unit that fits. */
export function distance(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** The time of day; with the day, if that is another than today. */
export function momentOf(then: number, now: number, locale?: string): string {
  const moment = new Date(then);
  const today = moment.toDateString() === new Date(now).toDateString();
  return moment.toLocaleString(locale, { ...(!today && { day: 'numeric', month: 'short' }), hour: '2-digit', minute: '2-digit' });
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}
