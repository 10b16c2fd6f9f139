import { Alert, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type Counts, STATUSES } from '@waybill/client';
import { type OrdersState, useOrders } from '@waybill/client/react';
import { Suspense, useCallback, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { placeIn, rememberView } from '../board-place.ts';
import { useBulk } from '../components/board/bulk.ts';
import { BoardFilters } from '../components/board/board-filters.tsx';
import { BoardGrid } from '../components/board/board-grid.tsx';
import { ExportButton } from '../components/board/export-button.tsx';
import { SELECTED_MAX, useSelection } from '../components/board/selection.ts';
import { useTicking } from '../components/board/use-ticking.ts';
import { useView } from '../components/board/use-view.ts';
import { filterOf, formatView, isFiltered, type View } from '../components/board/view.ts';
import { DemoOrderButton } from '../components/demo-order-button.tsx';
import { EmptyState, ErrorNote } from '../components/states.tsx';
import { useLastCounts } from '../last-counts.ts';
import { SelectionBar } from '../pages.tsx';
import css from './board-page.module.css';

/** All orders, for those who work on them. */
export default function BoardPage() {
  const { view, dropped, change } = useView();
  const list = useOrders({ topic: 'orders', ...filterOf(view) });
  const counts = useLastCounts(list.counts, view.customer);
  // What was never read is not empty.
  const total = list.counts && totalOf(list, view, list.counts);
  const { ticks, selection } = useSelection();
  const bulk = useBulk();
  const [, navigate] = useLocation();
  const { onTick, onTickAll } = useTicking(list, selection);
  const onOpen = useCallback(({ order_id }: { order_id: string }) => navigate(`/orders/${order_id}`), [navigate]);
  const shown = formatView(view);
  const [back] = useState(() => placeIn(shown));
  useEffect(() => {
    if (placeIn(shown) === null && window.scrollY > window.innerHeight) window.scrollTo({ top: 0, behavior: 'instant' });
    rememberView(shown);
  }, [shown]);
  useDocumentTitle('Orders · Waybill');
  const { orders } = list;
  const allTicked = orders.length > 0 && ticks.size >= Math.min(total ?? Infinity, SELECTED_MAX) && orders.slice(0, SELECTED_MAX).every(({ order_id }) => ticks.has(order_id));
  const found = foundText(list, total);
  const said = useSaid(view, found);
  const empty = !list.loading && list.orders.length === 0 && !list.hasMore;

  return (
    <main className={css.page}>
      <div className={css.head}>
        <Title order={1} size="h2">Orders</Title>
        <p className={css.found}>{found}</p>
        <span className={css.said} role="status">{said}</span>
        <div className={css.tools}>
          <ExportButton view={view} total={total} />
          <DemoOrderButton />
        </div>
      </div>
      <BoardFilters view={view} change={change} counts={counts} />
      {dropped.length > 0 && (
        <Alert color="orange" mb="sm" title="A part of the address means nothing here" withCloseButton closeButtonLabel="Close" onClose={() => change({})}>
          It was left out: {dropped.join(', ')}
        </Alert>
      )}
      {list.error !== null && <ErrorNote message={list.error} />}
      {empty ? (
        list.error === null && <EmptyState searched={view.q !== '' || view.customer !== '' || view.from !== '' || view.to !== ''} byStatus={view.status.length > 0} isStaff />
      ) : (
        <BoardGrid
          {...list} total={total} sort={view.sort} onSort={(sort) => change({ sort })} isTicked={(id) => ticks.has(id)}
          onTick={onTick} onOpen={onOpen} back={back}
          allTicked={allTicked} onAll={() => (allTicked ? selection.clear() : onTickAll?.())} covered={ticks.size > 0}
        />
      )}
      {(ticks.size > 0 || bulk.state !== null) && (
        <Suspense>
          <SelectionBar isListed={(id) => list.indexOf(id) >= 0} total={total} onTickAll={onTickAll} />
        </Suspense>
      )}
    </main>
  );
}

/** How many orders match; null where the server counts none and not all have been read. */
function totalOf({ orders, hasMore }: OrdersState, view: View, counts: Counts): number | null {
  if (!hasMore) return orders.length;
  if (isFiltered({ ...view, status: [], customer: '' })) return null;
  const statuses = view.status.length > 0 ? view.status : STATUSES;
  return Math.max(orders.length, statuses.reduce((sum, status) => sum + counts[status], 0));
}

function foundText({ orders, counts }: OrdersState, total: number | null): string {
  if (!counts) return '';
  return total === null ? `more than ${orders.length.toLocaleString()}` : total.toLocaleString();
}

/** What a screen reader says of a view: how many orders there were when it was first there, and not every one that comes. */
function useSaid(view: View, found: string): string {
  const [said, setSaid] = useState({ view: '', found: '' });
  const name = formatView(view);
  if (found !== '' && said.view !== name) setSaid({ view: name, found: `${found} orders` });
  return said.found;
}
