/** Figures in words. */
import type { Unit } from './range.ts';

const UNITS = [['day', 86_400], ['h', 3_600], ['min', 60], ['s', 1]] as const;

/** "under a second", "42 s", "5 h 12 min", "12 h", "3 days 4 h": how long something takes, no finer than it is known. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    const shown = name === 'day' && count !== 1 ? 'days' : name;
    if (count > 0) parts.push(`${count.toLocaleString()} ${shown}`);
    // Times are told to within 1.6 %: seconds say nothing beside ten minutes, and nothing beside an hour.
    if (parts.length > 0 && (parts.length === 2 || count === 0 || count >= 10)) break;
  }
  return parts.join(' ');
}

/** An amount of money for an axis, where there is little room. */
export function shortMoney(minor: number, currency: string, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 });
  const digits = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

/** The hour or day that begins then, by UTC. */
export function periodName(start: number, by: Unit, locale?: string): string {
  const hour = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Date(start).toLocaleString(locale, {
    timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', ...(by === 'hour' ? hour : { year: 'numeric' }),
  });
}

/** Where the axis has its marks: at even distances that people count in, at most so many of them. */
export function ticksOf(starts: readonly number[], by: Unit, most: number): number[] {
  const steps = by === 'hour' ? [1, 3, 6, 12, 24, 48, 96, 168] : [1, 2, 7, 14, 28, 61, 122];
  const step = steps.find((one) => starts.length / one <= most) ?? starts.length;
  // Days are counted back from the last; hours from midnight.
  const first = by === 'hour' ? 0 : (starts.length - 1) % step;
  return starts.filter((_, nth) => (nth - first) % step === 0);
}

/** The same where there is little room. */
export function periodTick(start: number, by: Unit, locale?: string): string {
  const time = new Date(start);
  if (by === 'hour' && time.getUTCHours() !== 0) {
    return time.toLocaleString(locale, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  }
  return time.toLocaleString(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' });
}

export function percent(part: number, whole: number, locale?: string): string {
  return (whole === 0 ? 0 : part / whole).toLocaleString(locale, { style: 'percent', maximumFractionDigits: 1 });
}
