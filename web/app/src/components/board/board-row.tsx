import type { OrderSummary } from '@waybill/client';
import { memo } from 'react';
import { Link } from 'wouter';
import { dateTime, money, plural, shortDateTime } from '../../format.ts';
import { StatusBadge } from '../status.tsx';
import { TimeAgo } from '../time-ago.tsx';
import css from './board-grid.module.css';

export interface RowProps {
  order: OrderSummary;
  /** From 0. */
  index: number;
  /** From the top of the list, in pixels. */
  start: number;
  isFresh: boolean;
  isTicked: boolean;
  isActive: boolean;
  now: number;
  onTick: (index: number, range: boolean) => void;
  onOpen: (order: OrderSummary) => void;
}

export const BoardRow = memo(function BoardRow({ order, index, start, isFresh, isTicked, isActive, now, onTick, onOpen }: RowProps) {
  const { titles, item_count, recipient, city, customer_id } = order;
  return (
    <div
      role="row" aria-rowindex={index + 2} aria-selected={isTicked} tabIndex={isActive ? 0 : -1} data-index={index}
      className={css.row} style={{ transform: `translateY(${start}px)` }}
      onClick={(event) => {
        const asked = (event.target as Element).closest('a, input, label');
        // Who marks a number to copy it does not want to leave.
        if (!asked && !window.getSelection()?.toString()) onOpen(order);
      }}
    >
      {isFresh && <span key={order.version} className={css.flash} aria-hidden />}
      <span role="gridcell" className={css.tick}>
        <label>
          <input
            type="checkbox" tabIndex={-1} checked={isTicked} aria-label={`Select ${order.order_number}`}
            onChange={(event) => onTick(index, (event.nativeEvent as MouseEvent).shiftKey)}
          />
        </label>
      </span>
      <span role="gridcell" className={css.number}>
        <Link href={`/orders/${order.order_id}`} tabIndex={-1}>{order.order_number}</Link>
        {order.reference !== undefined && <small>{order.reference}</small>}
        {order.stale && <small className={css.behind}>may be behind</small>}
      </span>
      <span role="gridcell" className={css.who}>
        {recipient ?? '–'}{city !== undefined && <span className={css.city}>, {city}</span>}
        <small>{customer_id}</small>
      </span>
      <span role="gridcell" className={css.items}>
        {titles.join(' · ')}
        <small>{plural(item_count, 'item')}</small>
      </span>
      <span role="gridcell" className={css.total}>{money(order.total, order.currency)}</span>
      <span role="gridcell" className={css.status}><StatusBadge status={order.status} /></span>
      <span role="gridcell" className={css.placed}>
        <time dateTime={order.placed_at} title={dateTime(order.placed_at)}>{shortDateTime(order.placed_at)}</time>
      </span>
      <span role="gridcell" className={css.changed}><TimeAgo iso={order.updated_at} now={now} /></span>
    </div>
  );
});

/** Where a row will be as soon as it is there. */
export function PlaceholderRow({ start }: { start: number }) {
  return (
    <div role="row" aria-hidden className={css.row} data-placeholder style={{ transform: `translateY(${start}px)` }}>
      <span role="gridcell" className={css.tick} />
      <span role="gridcell" className={css.number}><i /></span>
      <span role="gridcell" className={css.who}><i /></span>
      <span role="gridcell" className={css.items}><i /></span>
    </div>
  );
}
