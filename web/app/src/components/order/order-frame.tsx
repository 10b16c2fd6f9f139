import { Title } from '@mantine/core';
import type { OrderEvent, OrderView } from '@waybill/client';
import type { ReactNode } from 'react';
import css from '../../pages/order-page.module.css';
import { Flash } from '../flash.tsx';
import { OrderFacts } from '../order-facts.tsx';
import { OrderProgress } from '../order-progress.tsx';
import { StatusBadge } from '../status.tsx';

interface Props {
  order: OrderView;
  events: readonly OrderEvent[];
  /** Below the number. */
  under: ReactNode;
  /** Beside it: what may be done. */
  actions?: ReactNode;
  /** Between head and body. */
  banner?: ReactNode;
  /** In place of the facts, such as a form. */
  details?: ReactNode;
  items: ReactNode;
  /** Its history. */
  side: ReactNode;
  /** Which facts to mark as changed. */
  marked?: ReadonlySet<string> | undefined;
  /** Whether it is an earlier state. */
  past?: boolean;
}

/** One order as everybody sees it, customer, guest and staff; they differ in what is filled in. */
export function OrderFrame({ order, events, under, actions, banner, details, items, side, marked, past = false }: Props) {
  return (
    <>
      <div className={css.head}>
        <div>
          <div className={css.title}>
            <Title order={1} size="h2">{order.order_number}</Title>
            <Flash of={order.status}><StatusBadge status={order.status} large /></Flash>
            {past && <span className={css.past}>Version {order.version}: past</span>}
          </div>
          <p className={css.under}>{under}</p>
        </div>
        {actions}
      </div>
      {banner && <div className={css.banner}>{banner}</div>}
      <div className={css.columns}>
        {/* From one version to another nothing lights up: it is no news. */}
        <div key={past ? order.version : 'now'} className={css.column} data-past={past || undefined}>
          <section className={css.card} aria-label="Progress"><OrderProgress order={order} events={events} /></section>
          {details || (
            <>
              <section className={css.card} aria-label="Details"><OrderFacts order={order} marked={marked} /></section>
              {items}
            </>
          )}
        </div>
        {side}
      </div>
    </>
  );
}
