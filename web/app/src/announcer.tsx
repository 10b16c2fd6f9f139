/** Notices of what happens to orders, few enough to be read. */
import { notifications } from '@mantine/notifications';
import type { Delivery, OrderEvent } from '@waybill/client';
import { STATUS_ICONS, UpdateIcon } from './components/status.tsx';
import { eventNotice, eventStatus } from './describe.ts';
import { plural } from './format.ts';

/** Changes that come together are announced together. */
const GATHER_MS = 200;
const SHOWN_MAX = 3;

type Notice = Parameters<typeof notifications.show>[0];

/** Announces live changes as they come; after an absence, one summary instead of a shower. */
export class Announcer {
  private readonly gathered = new Map<string, OrderEvent>();
  private shown: string[] = [];

  hear(delivery: Delivery, { on, mine }: { on: boolean; mine: boolean }): void {
    if (delivery.kind === 'event' && delivery.live) {
      if (on) this.gather(delivery.event, mine);
    } else if (delivery.kind === 'live' && delivery.missed > 0) {
      this.show('absence', { message: `${plural(delivery.missed, 'order')} changed while you were away` });
    }
  }

  private gather(event: OrderEvent, mine: boolean): void {
    if (this.gathered.size === 0) setTimeout(() => this.announce(mine), GATHER_MS);
    this.gathered.set(event.order_id, event);
  }

  private announce(mine: boolean): void {
    const events = [...this.gathered.values()];
    this.gathered.clear();
    if (events.length > SHOWN_MAX) this.show('burst', { message: `${plural(events.length, 'order')} have just changed` });
    else for (const event of events) this.show(event.order_id, noticeOf(event, mine));
  }

  /** One notice an order; the newest stay, and the oldest gives way. */
  private show(id: string, notice: Notice): void {
    const others = this.shown.filter((other) => other !== id);
    const leaving = others.splice(0, Math.max(0, others.length + 1 - SHOWN_MAX));
    for (const old of [id, ...leaving]) notifications.hide(old);
    this.shown = [...others, id];
    notifications.show({ id, closeButtonProps: { 'aria-label': 'Close' }, ...notice });
  }
}

function noticeOf(event: OrderEvent, mine: boolean): Notice {
  const status = eventStatus(event);
  const Icon = status === null ? UpdateIcon : STATUS_ICONS[status];
  const color = event.type === 'order.cancelled' ? 'red' : event.type === 'order.completed' ? 'green' : 'cyan';
  return { message: eventNotice(event, mine), color, icon: <Icon size={18} /> };
}
