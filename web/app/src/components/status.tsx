import { IconCircleCheck, IconCircleX, IconHourglass, IconPackage, IconPencil, IconTruckDelivery } from '@tabler/icons-react';
import type { Status } from '@waybill/client';
import { STATUS_NAMES } from '../describe.ts';
import css from './status.module.css';

export const STATUS_ICONS = {
  pending: IconHourglass,
  processing: IconPackage,
  shipped: IconTruckDelivery,
  delivered: IconCircleCheck,
  cancelled: IconCircleX,
} satisfies Record<Status, typeof IconPackage>;

export const UpdateIcon = IconPencil;

export function StatusBadge({ status, large = false }: { status: Status; large?: boolean }) {
  const Icon = STATUS_ICONS[status];
  return (
    <span className={css.badge} data-status={status} data-large={large || undefined}>
      <Icon size={large ? 18 : 15} aria-hidden />
      {STATUS_NAMES[status]}
    </span>
  );
}
