/** Notices of what happens to orders, few enough to be read. */
import { notifications } from '@mantine/notifications';
import { IconConfetti, IconPlugConnected } from '@tabler/icons-react';
import type { Delivery, OrderEvent, OrderView } from '@waybill/client';
import { navigate } from 'wouter/use-browser-location';
import { browserNotices } from './browser-notices.ts';
import { STATUS_ICONS, UpdateIcon } from './components/status.tsx';
import { confirmation, eventNotice, eventStatus, messageOfEvent, orderPageNotice, saysSomething } from './describe.ts';
import { plural } from './format.ts';
import { isLookedAt } from './looking-at.ts';

/** Changes that come together are announced together. */
const GATHER_MS = 200;
const SHOWN_MAX = 3;
/** As long as the source systems showed it. */
const CONFIRMED_MS = 4_000;

type Notice = Parameters<typeof notifications.show>[0];
type Said = Notice & { title?: string; message: string };

export interface Audience {
  /** Whether messages on the page are wanted. */
  readonly on: boolean;
  /** Whether the orders are the reader's own. */
  readonly mine: boolean;
  readonly subject: string;
  /** Whether the page has just been out of reach of the server, and said so. */
  readonly wasOffline: boolean;
}

/** Announces live changes as they come; after an absence, one summary instead of a shower. */
export class Announcer {
  private readonly gathered = new Map<string, OrderEvent>();
  /** What somebody did in this tab himself, and was told so: the version that came of it, by order. */
  private readonly own = new Map<string, number>();
  private shown: string[] = [];

  hear(delivery: Delivery, audience: Audience): void {
    if (delivery.kind === 'event' && delivery.live && saysSomething(delivery.event)) this.gather(delivery.event, audience);
    if (delivery.kind !== 'live') return;
    if (delivery.missed > 0) {
      const message = `${plural(delivery.missed, 'order')} changed while you were away`;
      this.say('absence', { message }, audience, '/');
    } else if (audience.wasOffline && audience.on) {
      this.show('absence', { message: 'Real-time updates connected!', color: 'green', icon: <IconPlugConnected size={18} /> });
    }
  }

  /** Says that a command was carried out; the event that follows from it is then no news. */
  confirm(order: OrderView, what: 'moved' | 'cancelled' | 'updated', isStaff: boolean): void {
    this.own.set(order.order_id, order.version);
    const Icon = what === 'updated' ? UpdateIcon : STATUS_ICONS[order.status];
    this.show(order.order_id, {
      message: confirmation(order, what, isStaff), color: 'green', icon: <Icon size={18} />, autoClose: CONFIRMED_MS,
    });
  }

  private gather(event: OrderEvent, audience: Audience): void {
    if (this.gathered.size === 0) setTimeout(() => this.announce(audience), GATHER_MS);
    this.gathered.set(event.order_id, event);
  }

  private announce(audience: Audience): void {
    const news = [...this.gathered.values()].filter((event) => event.version > (this.own.get(event.order_id) ?? 0));
    this.gathered.clear();
    if (news.length > SHOWN_MAX) {
      this.say('burst', { message: `${plural(news.length, 'order')} have just changed` }, audience, '/');
      return;
    }
    for (const event of news) {
      const notice = noticeOf(event, audience.mine);
      this.say(event.order_id, notice, audience, `/orders/${event.order_id}`, event.event_id);
    }
  }

  private say(about: string, notice: Said, { on, subject }: Audience, path: string, id = about): void {
    if (on) this.show(about, notice);
    const { title = notice.message, message } = notice;
    void browserNotices.show({
      id, about, subject, title, body: title === message ? undefined : message, onClick: () => navigate(path),
    });
  }

  /** One notice an order; the newest stay, and the oldest gives way. */
  private show(id: string, notice: Notice): void {
    const others = this.shown.filter((other) => other !== id);
    const leaving = others.splice(0, Math.max(0, others.length + 1 - SHOWN_MAX));
    for (const old of [id, ...leaving]) notifications.hide(old);
    this.shown = [...others, id];
    // The container speaks politely for all of them; of the order in view the page itself does.
    const live = isLookedAt(id) ? { 'aria-live': 'off' as const } : {};
    notifications.show({ id, role: 'group', closeButtonProps: { 'aria-label': 'Close' }, ...live, ...notice });
  }
}

/** The one of this tab. */
export const announcer = new Announcer();

function noticeOf(event: OrderEvent, mine: boolean): Said {
  const status = eventStatus(event);
  const Icon = event.type === 'order.completed' ? IconConfetti : status === null ? UpdateIcon : STATUS_ICONS[status];
  const text = isLookedAt(event.order_id) && mine ? orderPageNotice(event) : eventNotice(event, mine);
  const said = mine ? messageOfEvent(event) : undefined;
  return {
    ...(said === undefined ? { message: text } : { title: text, message: said }), color: COLORS[event.type] ?? 'cyan', icon: <Icon size={18} />,
  };
}

const COLORS: Partial<Record<OrderEvent['type'], string>> = {
  'order.created': 'green',
  'order.completed': 'green',
  'order.cancelled': 'red',
};
