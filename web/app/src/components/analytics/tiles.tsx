import type { Figures } from '@waybill/client';
import { money } from '../../format.ts';
import css from './analytics.module.css';
import { percent } from './words.ts';

/** The range in a few numbers. */
export function Tiles({ figures, currency }: { figures: Figures; currency: string | null }) {
  const { orders, cancelled } = figures.totals;
  const chosen = figures.currencies.find((one) => one.currency === currency);
  const kept = chosen ? chosen.orders - chosen.cancelled : 0;
  return (
    <dl className={css.tiles}>
      <Tile name="Orders" value={orders.toLocaleString()} />
      <Tile name="Of them cancelled" value={cancelled.toLocaleString()} more={percent(cancelled, orders)} />
      {chosen && (
        <>
          <Tile name={`Revenue, ${chosen.currency}`} value={money(chosen.revenue, chosen.currency)} />
          <Tile name={`Average order, ${chosen.currency}`} value={kept === 0 ? '–' : money(Math.round(chosen.revenue / kept), chosen.currency)} />
        </>
      )}
    </dl>
  );
}

function Tile({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div className={css.tile}>
      <dt>{name}</dt>
      <dd>{value}{more !== undefined && <small> {more}</small>}</dd>
    </div>
  );
}
