/** What an event says, in words for people. */
import type { CancelReason, ChangeKind, OrderEvent, Status } from '@waybill/client';

export const STATUS_NAMES: Record<Status, string> = {
  pending: 'Pending',
  processing: 'Processing',
  shipped: 'Shipped',
  delivered: 'Delivered',
  cancelled: 'Cancelled',
};

export const REASON_NAMES: Record<CancelReason, string> = {
  customer: 'The customer asked for it',
  declined: 'Payment declined',
  fraud: 'Suspected fraud',
  inventory: 'Out of stock',
  staff: 'Our mistake',
  expired: 'Not paid in time',
  other: 'Another reason',
};

const CHANGE_NAMES: Record<ChangeKind, string> = {
  pricing: 'items and prices',
  shipping_address: 'shipping address',
  tracking: 'tracking',
  estimated_delivery: 'estimated delivery',
  notes: 'notes',
  metadata: 'metadata',
};

/** The heading of an event in the timeline. */
export function eventTitle(event: OrderEvent): string {
  switch (event.type) {
    case 'order.created':
      return 'Order placed';
    case 'order.updated': {
      const names = event.data.changes.map((change) => CHANGE_NAMES[change.kind]);
      const text = new Intl.ListFormat('en').format(names);
      return text === '' ? 'Updated' : `Changed ${text}`;
    }
    case 'order.status_changed':
      return STATUS_NAMES[event.data.to];
    case 'order.cancelled':
      return 'Cancelled';
    case 'order.completed':
      return 'Delivered';
    case 'order.unreadable':
      return 'An event that cannot be shown';
  }
}

/** Whether there is anything in it for its reader: of a change of what he may not see, nothing is left but that it was. */
export function saysSomething(event: OrderEvent): boolean {
  return event.type !== 'order.updated' || event.data.changes.length > 0;
}

/** The status that an event led to, if it led to one. */
export function eventStatus(event: OrderEvent): Status | null {
  switch (event.type) {
    case 'order.created':
      return 'pending';
    case 'order.status_changed':
      return event.data.to;
    case 'order.cancelled':
      return 'cancelled';
    case 'order.completed':
      return 'delivered';
    default:
      return null;
  }
}

/** One sentence for a notice. */
export function eventNotice(event: OrderEvent, mine: boolean): string {
  const order = `#${event.order_number}`;
  switch (event.type) {
    case 'order.created':
      return mine ? `Your order ${order} has been created!` : `Order ${order} has been created`;
    case 'order.status_changed':
      return `Order ${order} status updated to ${event.data.to}`;
    case 'order.cancelled':
      return `Order ${order} has been cancelled`;
    case 'order.completed':
      return `Order ${order} has been delivered!`;
    default:
      return `Order ${order} has been updated`;
  }
}

/** The same on the order's own page, where its number goes without saying. */
export function orderPageNotice(event: OrderEvent): string {
  const status = eventStatus(event);
  return status === null || event.type === 'order.created' ? eventNotice(event, true) : `Order status updated to: ${status}`;
}

/** What somebody is told who has just done something to an order himself. */
export function confirmation({ order_number, status }: { order_number: string; status: Status }, what: 'moved' | 'cancelled' | 'updated', isStaff: boolean): string {
  const notified = isStaff ? '. Customer will be notified in real-time!' : '';
  if (what === 'moved') return `Order status updated to ${status}${notified}`;
  return `Order #${order_number} has been ${what}${notified}`;
}

/** What the customer is told in so many words, if anything. */
export function messageOfEvent(event: OrderEvent): string | undefined {
  switch (event.type) {
    case 'order.status_changed':
    case 'order.cancelled':
    case 'order.completed':
      return event.data.message_to_customer;
    default:
      return undefined;
  }
}
