/**
 * What Waybill says on every channel: events, orders and problems, as JSON.
 *
 * Money is an integer in the currency's minor unit; times are RFC 3339 in UTC. A field that the
 * caller may not see is absent, so whatever only staff or only the customer see is optional here.
 */

/** An opaque place in the log. Keep it beside the state that it belongs to, and give it back unread. */
export type Cursor = string;

export const STATUSES = ['pending', 'processing', 'shipped', 'delivered', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

export const CANCEL_REASONS = ['customer', 'declined', 'fraud', 'inventory', 'staff', 'expired', 'other'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export interface LineItem {
  line_id?: string;
  sku?: string;
  title: string;
  quantity?: number;
  /** Minor units. */
  unit_price?: number;
}

export interface Pricing {
  /** ISO 4217. */
  currency: string;
  items: LineItem[];
  discount: number;
  shipping: number;
  tax: number;
  /** Whether `tax` is already in the prices. */
  tax_included: boolean;
  total: number;
}

export interface Address {
  name?: string;
  company?: string;
  line1?: string;
  line2?: string;
  city?: string;
  region?: string;
  postal_code?: string;
  /** ISO 3166 alpha-2. */
  country?: string;
  phone?: string;
  email?: string;
}

export interface Tracking {
  carrier?: string;
  number: string;
  url?: string;
}

/** One row of a list of orders. */
export interface OrderSummary {
  order_id: string;
  order_number: string;
  reference?: string;
  customer_id?: string;
  status: Status;
  version: number;
  placed_at: string;
  created_at: string;
  updated_at: string;
  currency?: string;
  total?: number;
  /** Sum of the quantities. */
  item_count?: number;
  /** The first three. */
  titles?: string[];
  tracking?: Tracking;
  /** `YYYY-MM-DD` */
  estimated_delivery?: string;
  city?: string;
  recipient?: string;
  cancel_reason?: CancelReason;
  /** The list could not follow this order's latest events; the order's own page can. */
  stale?: boolean;
}

export type AllowedAction =
  | { action: 'change_status'; to: Status }
  | { action: 'cancel' }
  | { action: 'update'; fields: string[] };

/** One order in full, as its own page shows it. */
export interface OrderView {
  order_id: string;
  order_number: string;
  reference?: string;
  customer_id?: string;
  status: Status;
  version: number;
  placed_at: string;
  created_at: string;
  updated_at: string;
  pricing?: Pricing;
  shipping_address?: Address;
  tracking?: Tracking;
  estimated_delivery?: string;
  notes?: string;
  metadata?: Record<string, string>;
  cancel_reason?: CancelReason;
  allowed_actions?: AllowedAction[];
  cursor?: Cursor;
  position?: number;
}

export type ChangeKind = 'pricing' | 'shipping_address' | 'tracking' | 'estimated_delivery' | 'notes' | 'metadata';

export interface Change {
  kind: ChangeKind;
  before?: unknown;
  after?: unknown;
}

interface Messages {
  message_to_customer?: string;
  internal_note?: string;
}

/** What each type of event carries as its `data`. */
export interface EventData {
  'order.created': {
    reference?: string;
    placed_at: string;
    pricing?: Pricing;
    shipping_address?: Address;
    notes?: string;
    metadata?: Record<string, string>;
  };
  'order.updated': { changes: Change[] };
  'order.status_changed': Messages & { from: Status; to: Status };
  'order.cancelled': Messages & { from: Status; reason?: CancelReason };
  'order.completed': Messages & { from: Status };
  /** This build of the server cannot read the event: it says that there is one, and no more. */
  'order.unreadable': undefined;
}

export type EventType = keyof EventData;

interface Envelope<T extends EventType> {
  type: T;
  /** Not for guests, like `aggregate_type`. */
  event_id?: string;
  aggregate_type?: 'order';
  order_id: string;
  order_number: string;
  customer_id?: string;
  /** Counts up by one within an order. */
  version: number;
  recorded_at: string;
  cursor: Cursor;
  data: EventData[T];
  /** Staff only, like all below. */
  position?: number;
  actor?: { kind: 'customer' | 'staff' | 'service' | 'system'; id: string };
  command_id?: string;
  correlation_id?: string;
  causation_id?: string;
}

/** One event of an order. `type` tells the shape of `data`. */
export type OrderEvent = { [T in EventType]: Envelope<T> }[EventType];

/** RFC 9457, with Waybill's stable `code`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: { field: string; detail: string }[];
  current_version?: number;
  allowed_actions?: AllowedAction[];
  /** What happened to the order since the version that the caller named. */
  changes?: OrderEvent[];
  retry_after_secs?: number;
  request_id?: string;
}
