import { Button, Loader, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import type { Counts, Status } from '@waybill/client';
import { useOrders } from '@waybill/client/react';
import { type ReactNode, useState } from 'react';
import css from '../pages/page.module.css';
import { OrderRows } from './order-rows.tsx';
import { EmptyState, ErrorNote } from './states.tsx';
import { StatusFilter } from './status-filter.tsx';

interface Props {
  title: string;
  topic: string;
  isStaff: boolean;
  /** Beside the search. */
  tools?: ReactNode;
}

/** A list of orders, live, with its search and its filter. */
export function OrdersList({ title, topic, isStaff, tools }: Props) {
  const [status, setStatus] = useState<Status | undefined>();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const list = useOrders({ topic, q, ...(status && { status }) });
  // A new search knows no counts until it is answered, which offline it is not.
  const [lastCounts, setLastCounts] = useState<Counts | null>(null);
  if (list.counts && list.counts !== lastCounts) setLastCounts(list.counts);
  useDocumentTitle(`${title} · Waybill`);

  return (
    <main className={css.page}>
      <div className={css.head}>
        <Title order={1} size="h2">{title}</Title>
        <div className={css.tools}>
          <TextInput
            type="search" aria-label="Search orders" placeholder="Search" className={css.search ?? ''}
            leftSection={<IconSearch size={16} />} value={text} onChange={(event) => setText(event.currentTarget.value)}
          />
          {tools}
        </div>
      </div>
      <StatusFilter counts={list.counts ?? lastCounts} value={status} onChange={setStatus} />
      {list.error !== null && <ErrorNote message={list.error} />}
      {list.loading ? (
        <div className={css.center}><Loader aria-label="Loading orders" /></div>
      ) : list.orders.length > 0 ? (
        <OrderRows orders={list.orders} fresh={list.fresh} showCustomer={isStaff} />
      ) : list.error === null ? (
        <EmptyState searched={q !== ''} byStatus={status !== undefined} isStaff={isStaff} />
      ) : null}
      {list.hasMore && (
        <div className={css.center}>
          <Button variant="default" loading={list.loadingMore} onClick={() => void list.loadMore()}>Load more</Button>
        </div>
      )}
    </main>
  );
}
