/** Figures in words. */
import type { Unit } from './range.ts';

const UNITS = [['day', 86_400], ['h', 3_600], ['min', 60], ['s', 1]] as const;

/** "under a second", "42 s", "5 h 12 min", "3 days 4 h": how long something takes, in its two largest units. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    const shown = name === 'day' && count !== 1 ? 'days' : name;
    if (count > 0) parts.push(`${count.toLocaleString()} ${shown}`);
    // Nobody waits three days and five seconds.
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ');
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
