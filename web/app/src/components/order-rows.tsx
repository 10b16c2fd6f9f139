import type { OrderSummary } from '@waybill/client';
import { memo } from 'react';
import { Link } from 'wouter';
import { money, plural } from '../format.ts';
import { useNow } from '../now.ts';
import css from './order-rows.module.css';
import { StatusBadge } from './status.tsx';
import { TimeAgo } from './time-ago.tsx';

interface Props {
  orders: readonly OrderSummary[];
  fresh: ReadonlySet<string>;
}

/** The list: a table to the eye where there is room, cards where there is not; to a screen reader a list of links. */
export function OrderRows({ orders, fresh }: Props) {
  const now = useNow(30_000);
  return (
    <div className={css.box}>
      <div className={css.columns} aria-hidden>
        <span>Order</span>
        <span>Ships to</span>
        <span>Items</span>
        <span className={css.right}>Total</span>
        <span>Status</span>
        <span className={css.right}>Changed</span>
      </div>
      <ul className={css.list} aria-label="Orders">
        {orders.map((order) => (
          <Row key={order.order_id} order={order} isFresh={fresh.has(order.order_id)} now={now} />
        ))}
      </ul>
    </div>
  );
}

const Row = memo(function Row({ order, isFresh, now }: { order: OrderSummary; isFresh: boolean; now: number }) {
  const { titles, item_count, recipient, city } = order;
  return (
    <li>
      <Link href={`/orders/${order.order_id}`} className={css.row ?? ''}>
        {isFresh && <span key={order.version} className={css.flash} aria-hidden />}
        <span className={css.number}>
          <span>{order.order_number}</span>
          {order.reference !== undefined && <small>{order.reference}</small>}
          {order.stale && <small>this row may be behind</small>}
        </span>
        <span className={css.who}>
          {recipient ?? '–'}
          {city !== undefined && <small>{city}</small>}
        </span>
        <span className={css.items}>
          {titles.join(' · ')}
          <small>{plural(item_count, 'item')}</small>
        </span>
        <span className={css.total}>{money(order.total, order.currency)}</span>
        <span className={css.status}><StatusBadge status={order.status} /></span>
        <span className={css.time}><TimeAgo iso={order.updated_at} now={now} /></span>
      </Link>
    </li>
  );
});
