import { Anchor, Loader } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { CustomerOrder } from '../components/order/customer-order.tsx';
import { FollowOrder } from '../components/order/order-states.tsx';
import { boardPath } from '../board-place.ts';
import { useMe } from '../me.ts';
import css from './order-page.module.css';

export const loadStaffOrder = () => import('../components/staff-order/staff-order.tsx');
const StaffOrder = lazy(loadStaffOrder);

export default function OrderPage({ id }: { id: string }) {
  const { isStaff } = useMe();
  return (
    <main className={css.page}>
      <Anchor component={Link} href={isStaff ? boardPath() : '/'} className={css.back ?? ''} size="sm">
        <IconArrowLeft size={15} aria-hidden /> {isStaff ? 'All orders' : 'My orders'}
      </Anchor>
      <FollowOrder id={id}>
        {(followed) => isStaff ? (
          <Suspense fallback={<div className={css.center}><Loader aria-label="Loading the order" /></div>}>
            <StaffOrder {...followed} />
          </Suspense>
        ) : <CustomerOrder {...followed} />}
      </FollowOrder>
    </main>
  );
}
