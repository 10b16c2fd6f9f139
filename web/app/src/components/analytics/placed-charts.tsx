/** Orders and revenue over time, as two charts. What they show is in the table, too, for whoever cannot see them. */
import { AreaChart, BarChart } from '@mantine/charts';
import { useMediaQuery } from '@mantine/hooks';
import { money, plural } from '../../format.ts';
import css from './analytics.module.css';
import { Panel } from './panel.tsx';
import type { Counted, Unit } from './range.ts';
import { periodName, periodTick, shortMoney, ticksOf } from './words.ts';

interface Props {
  rows: readonly Counted[];
  by: Unit;
  /** Whose revenue; null if there is none. */
  currency: string | null;
}

/** More bars than that are thinner than the gaps between them: eight days by the hour. */
const MOST_BARS = 192;
/** Up to here there is room for a dashed edge around a bar. */
const MOST_EDGES = 75;
/** Room for half of the last mark's name. */
const MARGIN = { top: 5, right: 18, bottom: 0, left: 5 };
const ORDERS = [
  { name: 'kept', label: 'Placed and kept', color: 'var(--processing)' },
  { name: 'cancelled', label: 'Cancelled since', color: 'var(--cancelled)' },
];
const REVENUE = [{ name: 'revenue', label: 'Revenue', color: 'var(--delivered)' }];
/** Told from the others without colour, too. */
const FAINT = { fillOpacity: 0.6 };
const EDGED = { fillOpacity: 0.2, stroke: 'var(--cancelled)', strokeOpacity: 1, strokeWidth: 1.5, strokeDasharray: '3 2' };

export function PlacedCharts({ rows, by, currency }: Props) {
  const data = rows.map(({ orders, cancelled, ...rest }) => ({ ...rest, kept: orders - cancelled, cancelled }));
  const narrow = useMediaQuery('(max-width: 30rem)', false, { getInitialValueInEffect: false });
  const wide = data.length > MOST_BARS;
  const axis = {
    data, dataKey: 'start', tickLine: 'none', h: 240,
    xAxisProps: {
      tickFormatter: (start: number) => periodTick(start, by), ticks: ticksOf(rows.map(({ start }) => start), by, narrow ? 3 : 6), interval: 0,
    },
    // As the charts are pictures, the arrow keys do nothing in them.
    accessibilityLayer: false, withLegend: false,
  } as const;
  // Neither grows from nothing with each new order.
  const bars = { maxBarWidth: 44, barChartProps: { margin: MARGIN, barCategoryGap: data.length > MOST_EDGES ? 0 : '15%' }, barProps: { isAnimationActive: false } };
  const areas = { curveType: 'step', withDots: false, withGradient: false, fillOpacity: 0.6, strokeWidth: 1, areaChartProps: { margin: MARGIN }, areaProps: { isAnimationActive: false } } as const;
  const tooltipProps = (valueOf: (value: number) => string) => ({
    isAnimationActive: false,
    content: ({ payload, active }: { payload?: readonly { dataKey?: unknown; value?: unknown; payload?: unknown }[]; active?: boolean }) => {
      const row = payload?.[0]?.payload as { start: number; soFar: boolean } | undefined;
      if (!active || row === undefined) return null;
      return (
        <div className={css.tip}>
          <strong>{periodName(row.start, by)}{row.soFar && ' so far'}</strong>
          {payload?.map(({ dataKey, value }) => {
            const label = ORDERS.find(({ name }) => name === dataKey)?.label ?? 'Revenue';
            return <div key={label}>{label}: {valueOf(Number(value))}</div>;
          })}
        </div>
      );
    },
  });
  const orderAxis = { yAxisProps: { allowDecimals: false, width: 44 }, tooltipProps: tooltipProps((value) => value.toLocaleString()) };
  const revenueAxis = (code: string) => ({
    h: 266, yAxisProps: { width: 66, tickFormatter: (value: number) => shortMoney(value, code) }, tooltipProps: tooltipProps((value) => money(value, code)),
  });
  const most = rows.reduce<Counted | null>((best, row) => (row.orders > (best?.orders ?? 0) ? row : best), null);
  const best = rows.reduce<Counted | null>((found, row) => (row.revenue > (found?.revenue ?? 0) ? row : found), null);
  const orders = rows.reduce((sum, row) => sum + row.orders, 0);
  const revenue = rows.reduce((sum, row) => sum + row.revenue, 0);
  return (
    <div className={css.pair}>
      <Panel title={`Orders by ${by}`} about="By when they were placed, in all currencies.">
        <ul className={css.legend}>
          {ORDERS.map(({ name, label }) => <li key={name} data-series={name}>{label}</li>)}
        </ul>
        <div
          role="img" className={css.chart}
          aria-label={`Orders by ${by}: ${plural(orders, 'order')}${most ? `, most of them, ${most.orders.toLocaleString()}, on ${periodName(most.start, by)}` : ''}. Choose Table for all figures.`}
        >
          {wide ? (
            <AreaChart
              {...axis} {...areas} {...orderAxis} type="stacked" series={ORDERS}
              // An edge around what was cancelled would run over all the rest.
              areaProps={({ name }) => ({ ...areas.areaProps, ...(name === 'cancelled' && { strokeWidth: 0, fillOpacity: 0.6 }) })}
            />
          ) : (
            <BarChart
              {...axis} {...bars} {...orderAxis} type="stacked" series={ORDERS}
              barProps={({ name }) => ({ ...bars.barProps, ...(name === 'cancelled' && (data.length > MOST_EDGES ? FAINT : EDGED)) })}
            />
          )}
        </div>
      </Panel>
      {currency !== null && (
        <Panel title={`Revenue by ${by}`} about={`In ${currency}, of orders that are not cancelled, by when they were placed.`}>
          <div
            role="img" className={css.chart}
            aria-label={`Revenue by ${by}: ${money(revenue, currency)}${best ? `, the most, ${money(best.revenue, currency)}, on ${periodName(best.start, by)}` : ''}. Choose Table for all figures.`}
          >
            {wide ? <AreaChart {...axis} {...areas} {...revenueAxis(currency)} series={REVENUE} /> : <BarChart {...axis} {...bars} {...revenueAxis(currency)} series={REVENUE} />}
          </div>
        </Panel>
      )}
    </div>
  );
}
