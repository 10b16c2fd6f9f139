import { Button, Loader, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import type { Status } from '@waybill/client';
import { useOrders } from '@waybill/client/react';
import { useState } from 'react';
import { OrderRows } from '../components/order-rows.tsx';
import { EmptyState, ErrorNote } from '../components/states.tsx';
import { StatusFilter } from '../components/status-filter.tsx';
import { useLastCounts } from '../last-counts.ts';
import css from './page.module.css';

/** A customer's own orders, live. */
export default function MyOrdersPage() {
  const [status, setStatus] = useState<Status | undefined>();
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const list = useOrders({ topic: 'customer:me', q, ...(status && { status }) });
  const counts = useLastCounts(list.counts);
  useDocumentTitle('My orders · Waybill');

  return (
    <main className={css.page}>
      <div className={css.head}>
        <Title order={1} size="h2">My orders</Title>
        <div className={css.tools}>
          <TextInput
            type="search" aria-label="Search orders" placeholder="Search" className={css.search ?? ''}
            leftSection={<IconSearch size={16} />} value={text} onChange={(event) => setText(event.currentTarget.value)}
          />
        </div>
      </div>
      <div className={css.filter}>
        <StatusFilter
          counts={counts} chosen={status ? [status] : []} onAll={() => setStatus(undefined)}
          onToggle={(toggled) => setStatus(status === toggled ? undefined : toggled)}
        />
      </div>
      {list.error !== null && <ErrorNote message={list.error} />}
      {list.loading ? (
        <div className={css.center}><Loader aria-label="Loading orders" /></div>
      ) : list.orders.length > 0 ? (
        <OrderRows orders={list.orders} fresh={list.fresh} />
      ) : list.error === null ? (
        <EmptyState searched={q !== ''} byStatus={status !== undefined} isStaff={false} />
      ) : null}
      {list.hasMore && (
        <div className={css.center}>
          <Button variant="default" loading={list.loadingMore} onClick={() => void list.loadMore()}>Load more</Button>
        </div>
      )}
    </main>
  );
}
