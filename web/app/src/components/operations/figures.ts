/** Numbers as people read them. */

/** A count, or a rate to as many places as mean something. */
export function figure(value: number, locale?: string): string {
  const digits = value === 0 || value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString(locale, { maximumFractionDigits: digits });
}

/** Milliseconds, on one line with their unit; what was not measured is a dash. */
export function millis(ms: number | null, locale?: string): string {
  if (ms === null) return '–';
  if (ms >= 1_000) return `${figure(Math.round(ms / 10) / 100, locale)}\u00a0s`;
  return `${figure(ms >= 100 ? Math.round(ms) : ms, locale)}\u00a0ms`;
}

const UNITS = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]] as const;

/** A stretch of time in its two largest units. */
export function stretch(secs: number): string {
  if (secs > 0 && secs < 1) return 'under 1 s';
  let rest = Math.floor(secs);
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

/** A read model's name in words: `order_list` is the order list. */
export function inWords(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function clockTime(at: number | string, locale?: string): string {
  return new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
