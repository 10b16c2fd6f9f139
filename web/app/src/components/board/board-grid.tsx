import { Button, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import type { OrderSummary } from '@waybill/client';
import type { OrdersSort } from '@waybill/client/react';
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { type Place, rememberPlace } from '../../board-place.ts';
import { plural } from '../../format.ts';
import { useNow } from '../../now.ts';
import { useCommands } from '../../shortcuts/registry.ts';
import { SEARCH_FIELD } from './board-filters.tsx';
import { BoardRow, PlaceholderRow } from './board-row.tsx';
import css from './board-grid.module.css';
import { useActiveRow } from './use-active-row.ts';
import { useKeptPlace } from './use-kept-place.ts';
import { useMeasures, useRowHeight } from './use-measures.ts';
import { reversed } from './view.ts';

/** Rows that are read before they are scrolled to: three pages. */
const AHEAD = 300;
/** Between two pages of a long way, so that the server's bound on requests a second is not reached. */
const PACE_MS = 25;
const LONG = 2_000;
/** Placeholders below the rows where nobody knows how many there will be. */
const UNKNOWN = 10;
/** When the end of what is there is so far off, waiting is not the only thing to do. */
const FAR = 1_000;
const RETRY_MS = 3_000;

export interface GridProps {
  orders: readonly OrderSummary[];
  fresh: ReadonlySet<string>;
  hasMore: boolean;
  loading: boolean;
  loadingMore: boolean;
  error: string | null;
  /** Null: not known. */
  total: number | null;
  loadMore: () => Promise<void>;
  indexOf: (id: string) => number;
  sort: OrdersSort;
  onSort: (sort: OrdersSort) => void;
  isTicked: (id: string) => boolean;
  onTick: (index: number, range: boolean) => void;
  onOpen: (order: OrderSummary) => void;
  /** Where somebody comes back to. */
  back: Place | null;
  /** Whether all orders that match are ticked. */
  allTicked: boolean;
  onAll: () => void;
  /** Something lies over the list's lower end. */
  covered: boolean;
}

/** The list: a table where there is room, cards where there is not. Only what can be seen is in the page. */
export function BoardGrid(props: GridProps) {
  const { orders, fresh, hasMore, loading, loadingMore, error, total, loadMore, indexOf, sort, onSort, isTicked, onTick, onOpen, back, allTicked, onAll, covered } = props;
  const rowHeight = useRowHeight();
  const rows = useRef<HTMLDivElement>(null);
  const { top, header } = useMeasures(rows);
  const now = useNow(30_000);
  const count = loading ? UNKNOWN : Math.max(total ?? 0, orders.length + (hasMore ? (total === null ? UNKNOWN : 1) : 0));
  const active = useActiveRow(orders, indexOf);
  const virtualizer = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: top,
    scrollPaddingStart: header + rowHeight,
    scrollPaddingEnd: covered ? 2 * rowHeight : 0,
    // The row that has the focus stays, wherever the page is scrolled to.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(active.index < 0 ? [] : [active.index])])].sort((a, b) => a - b),
    useFlushSync: false,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  const last = items.findLast((item) => item.index !== active.index)?.index ?? 0;

  // One page after another until there is enough below what can be seen.
  const wanting = hasMore && !loadingMore && last + AHEAD > orders.length;
  useEffect(() => {
    if (!wanting) return;
    const pace = orders.length < LONG ? 0 : PACE_MS;
    const timer = setTimeout(() => void loadMore(), error === null ? pace : RETRY_MS);
    return () => clearTimeout(timer);
  }, [wanting, error, loadMore, orders.length]);

  const { above, toTop } = useKeptPlace({ orders, indexOf, top, header, rowHeight });

  // Back from an order, or from another page: to the same place, and to the order as soon as its page is read.
  const isBack = useRef(back === null);
  const wanted = useRef(back?.orderId ?? '');
  useLayoutEffect(() => {
    if (loading) return;
    if (!isBack.current) window.scrollTo({ top: back?.y ?? 0, behavior: 'instant' });
    isBack.current = true;
    const order = wanted.current === '' ? undefined : orders[indexOf(wanted.current)];
    if (!order) return;
    wanted.current = '';
    if (document.activeElement === document.body) active.focus(order, rows);
  });

  const go = useCallback((index: number) => {
    const order = orders[Math.max(0, Math.min(index, orders.length - 1))];
    if (!order) return;
    active.focus(order, rows);
    virtualizer.scrollToIndex(indexOf(order.order_id), { align: 'auto' });
  }, [orders, active, indexOf, virtualizer]);

  useBoardCommands({
    step: (by) => go(document.activeElement?.closest('[role=row][data-index]') ? active.index + by : active.index),
    tick: () => onTick(active.index, false),
    turn: () => onSort(reversed(sort)),
  });

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target as Element).closest('[role=row]')) return;
    const page = Math.max(1, Math.floor((window.innerHeight - header) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity };
    const step = steps[event.key];
    const current = orders[active.index];
    if (step !== undefined) {
      go(active.index + step);
      // With Shift the choice grows along.
      if (event.shiftKey && current && Math.abs(step) === 1) {
        if (!isTicked(current.order_id)) onTick(active.index, false);
        const next = orders[active.index + step];
        if (next && !isTicked(next.order_id)) onTick(active.index + step, false);
      }
    } else if (event.key === 'End') {
      // The end may be a thousand pages away; the other way round it is here.
      if (hasMore) onSort(reversed(sort));
      else go(orders.length - 1);
    } else if (event.key === ' ' && current) onTick(active.index, event.shiftKey);
    else if (event.key === 'Enter' && current && (event.target as Element).matches('[role=row]')) onOpen(current);
    else return;
    event.preventDefault();
  }

  const far = hasMore && !loading && last > orders.length + FAR;
  return (
    <div
      role="grid" aria-label="Orders" aria-rowcount={total === null ? -1 : total + 1} aria-multiselectable aria-busy={loading || loadingMore}
      className={css.grid} onKeyDown={onKeyDown} data-board
      onFocus={(event) => {
        const index = (event.target as HTMLElement).closest<HTMLElement>('[role=row]')?.dataset['index'];
        const order = index === undefined ? undefined : orders[Number(index)];
        if (!order) return;
        active.set(order);
        rememberPlace({ orderId: order.order_id });
      }}
    >
      <div role="rowgroup" className={css.head} style={{ top: header }}>
        <Columns sort={sort} onSort={onSort} allTicked={allTicked} onAll={onAll} />
        {above > 0 && (
          <UnstyledButton className={css.above ?? ''} onClick={toTop}>
            <IconArrowUp size={14} aria-hidden /> {plural(above, 'order')} came above
          </UnstyledButton>
        )}
      </div>
      <div role="rowgroup" ref={rows} className={css.rows} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const order = loading ? undefined : orders[index];
          if (!order) return <PlaceholderRow key={index} start={start - top} />;
          return (
            <BoardRow
              key={order.order_id} order={order} index={index} start={start - top} isFresh={fresh.has(order.order_id)}
              isTicked={isTicked(order.order_id)} isActive={index === active.index} now={now} onTick={onTick} onOpen={onOpen}
            />
          );
        })}
      </div>
      {far && (
        <div className={css.far}>
          <span role="status">Reading on to here</span>
          <span>{orders.length.toLocaleString()}{total !== null && ` of ${total.toLocaleString()}`}</span>
          <Button size="compact-sm" variant="light" onClick={() => onSort(reversed(sort))}>Begin at the other end</Button>
        </div>
      )}
    </div>
  );
}

/** What the keyboard can do here wherever the focus is. */
interface BoardCommands {
  step: (by: number) => void;
  tick: () => void;
  turn: () => void;
}

function useBoardCommands(commands: BoardCommands): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  useCommands(useMemo(() => [
    { id: 'next order', name: 'Next order', keys: 'j', keywords: 'down', run: () => latest.current.step(1) },
    { id: 'previous order', name: 'Previous order', keys: 'k', keywords: 'up', run: () => latest.current.step(-1) },
    { id: 'tick order', name: 'Select the order, or not', keys: 'x', keywords: 'tick check', run: () => latest.current.tick() },
    { id: 'turn list', name: 'The other way round', keys: 'r', keywords: 'sort reverse end', run: () => latest.current.turn() },
    { id: 'search board', name: 'Search in the list', keys: 'f', keywords: 'filter find text', run: () => document.getElementById(SEARCH_FIELD)?.focus() },
  ], []));
}

const SORTED = { total: 'total', placed: 'placed_at', changed: 'updated_at' } as const;

function Columns({ sort, onSort, allTicked, onAll }: Pick<GridProps, 'sort' | 'onSort' | 'allTicked' | 'onAll'>) {
  const column = (name: keyof typeof SORTED, label: string) => {
    const key = SORTED[name];
    const direction = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
    const Icon = direction === 'ascending' ? IconArrowUp : direction === 'descending' ? IconArrowDown : IconArrowsSort;
    return (
      <span role="columnheader" aria-sort={direction} className={css[name]}>
        <UnstyledButton className={css.sort ?? ''} onClick={() => onSort(direction === 'descending' ? key : `-${key}`)}>
          {label} <Icon size={13} aria-hidden />
        </UnstyledButton>
      </span>
    );
  };
  return (
    <div role="row" aria-rowindex={1} className={css.columns}>
      <span role="columnheader" className={css.tick}>
        <label>
          <input type="checkbox" aria-label={allTicked ? 'Unselect all' : 'Select all'} checked={allTicked} onChange={onAll} />
        </label>
      </span>
      <span role="columnheader">Order</span>
      <span role="columnheader">Customer</span>
      <span role="columnheader">Items</span>
      {column('total', 'Total')}
      <span role="columnheader">Status</span>
      {column('placed', 'Placed')}
      {column('changed', 'Changed')}
    </div>
  );
}
