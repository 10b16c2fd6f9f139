import { AreaChart, LineChart } from '@mantine/charts';
import { Text, Title } from '@mantine/core';
import { useId } from 'react';
import type { DotItemDotProps } from 'recharts';
import css from './operations.module.css';

export interface Series {
  readonly key: string;
  readonly label: string;
  /** One of the page's colours, 1 to 4; the dashes tell lines apart without them. */
  readonly color: 1 | 2 | 3 | 4;
}

export interface Point {
  readonly time: string;
  readonly [key: string]: string | number | null;
}

interface Props {
  title: string;
  series: readonly Series[];
  points: readonly Point[];
  format: (value: number | null) => string;
  /** Areas one upon the other, whose sum is what counts. */
  stacked?: boolean;
  /** Said where nothing was measured. */
  nothing?: string;
}

const DASHES = { 1: undefined, 2: '7 3', 3: '2 3', 4: '9 3 2 3' };
/** Rows of the table. */
const ROWS = 15;

/** Draws a dot where a point has no neighbours, since a line that leads nowhere cannot be seen. */
function aloneAmong(points: readonly Point[], key: string) {
  const isMissing = (nth: number) => (points[nth]?.[key] ?? null) === null;
  return function Dot({ cx, cy, index, stroke }: DotItemDotProps) {
    const alone = cy != null && !isMissing(index) && isMissing(index - 1) && isMissing(index + 1);
    return alone ? <circle key={index} cx={cx} cy={cy} r={1.75} fill={stroke} /> : <g key={index} />;
  };
}

/** The last ten minutes as lines or areas; the same as numbers for whoever does not see those. */
export function LiveChart({ title, series, points, format, stacked = false, nothing = 'Nothing was measured.' }: Props) {
  const id = useId();
  const last = points.at(-1);
  const value = (point: Point | undefined, { key }: Series) => format((point?.[key] ?? null) as number | null);
  const isEmpty = points.every((point) => series.every(({ key }) => point[key] === null));
  const drawn = {
    h: 190, data: [...points], dataKey: 'time', accessibilityLayer: false, withDots: false, strokeWidth: 1.5, connectNulls: false, curveType: 'linear' as const,
    series: series.map(({ key, label, color }) => ({ name: key, label, color: `var(--series-${color})`, ...(DASHES[color] && { strokeDasharray: DASHES[color] }) })),
    xAxisProps: { minTickGap: 50, tickMargin: 6 }, yAxisProps: { width: 58, domain: [0, 'auto'] as [number, 'auto'], tickCount: 4 },
    valueFormatter: (number: number) => format(number), tickLine: 'none' as const,
  };
  return (
    <section className={css.chart} aria-labelledby={id}>
      <Title order={3} size="h6" id={id}>{title}</Title>
      <ul className={css.legend}>
        {series.map((one) => (
          <li key={one.key}>
            <svg className={css.swatch} viewBox="0 0 22 8" aria-hidden>
              <line x1="0" x2="22" y1="4" y2="4" stroke={`var(--series-${one.color})`} strokeWidth="2.5" strokeDasharray={DASHES[one.color]} />
            </svg>
            {one.label} <b>{value(last, one)}</b>
          </li>
        ))}
      </ul>
      {isEmpty
        ? <Text size="sm" c="dimmed" className={css.nothing ?? ''}>{nothing}</Text>
        : <div className={css.drawing} aria-hidden>{stacked ? <AreaChart {...drawn} type="stacked" fillOpacity={0.35} /> : <LineChart {...drawn} lineProps={({ name }) => ({ dot: aloneAmong(points, name) })} />}</div>}
      <details className={css.numbers}>
        <summary>Numbers</summary>
        <table>
          <caption>{title}, the last {ROWS} samples</caption>
          <thead>
            <tr><th scope="col">Time</th>{series.map((one) => <th scope="col" key={one.key}>{one.label}</th>)}</tr>
          </thead>
          <tbody>
            {points.slice(-ROWS).reverse().map((point) => (
              <tr key={point.time}><th scope="row">{point.time}</th>{series.map((one) => <td key={one.key}>{value(point, one)}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
