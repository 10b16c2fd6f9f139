import { ago, dateTime } from '../format.ts';

export function TimeAgo({ iso, now }: { iso: string; now: number }) {
  return <time dateTime={iso} title={dateTime(iso)}>{ago(Date.parse(iso), now)}</time>;
}
