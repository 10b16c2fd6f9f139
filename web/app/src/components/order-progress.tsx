import { IconCheck, IconX } from '@tabler/icons-react';
import type { OrderEvent, OrderView, Status } from '@waybill/client';
import { eventStatus, REASON_NAMES, STATUS_NAMES } from '../describe.ts';
import { day, shortDateTime } from '../format.ts';
import css from './order-progress.module.css';
import { STATUS_ICONS } from './status.tsx';

const STEPS = ['pending', 'processing', 'shipped', 'delivered'] as const satisfies Status[];

/** How far the order has come; for a cancelled one, how far it had come. */
export function OrderProgress({ order, events }: { order: OrderView; events: readonly OrderEvent[] }) {
  const times = new Map(events.map((event) => [eventStatus(event), event.recorded_at]));
  const cancelled = order.status === 'cancelled';
  const steps: Status[] = cancelled ? [...STEPS.filter((step) => times.has(step)), 'cancelled'] : [...STEPS];
  const at = steps.indexOf(order.status);
  return (
    <>
      <ol className={css.steps}>
        {steps.map((step, i) => (
          <li
            key={step} className={css.step} data-status={step} aria-current={i === at ? 'step' : undefined}
            data-phase={i < at ? 'done' : i === at ? 'now' : 'ahead'}
          >
            <span className={css.mark} aria-hidden><Mark step={step} done={i < at} /></span>
            <span className={css.name}>{STATUS_NAMES[step]}</span>
            <span className={css.time}>{i <= at && shortTime(times.get(step))}</span>
          </li>
        ))}
      </ol>
      {cancelled && order.cancel_reason && <p className={css.note}>{REASON_NAMES[order.cancel_reason]}.</p>}
      {!cancelled && order.status !== 'delivered' && order.estimated_delivery !== undefined && (
        <p className={css.note}>Expected on <strong>{day(order.estimated_delivery)}</strong>.</p>
      )}
    </>
  );
}

function Mark({ step, done }: { step: Status; done: boolean }) {
  if (done) return <IconCheck size={18} />;
  if (step === 'cancelled') return <IconX size={18} />;
  const Icon = STATUS_ICONS[step];
  return <Icon size={18} />;
}

function shortTime(iso: string | undefined): string {
  return iso === undefined ? '' : shortDateTime(iso);
}
