/**
 * What Waybill says on every channel: events, orders and problems. The shapes are the server's own, generated from its
 * contract into `contract.ts`; here they get the names under which applications know them.
 *
 * Money is an integer in the currency's minor unit; times are RFC 3339 in UTC. A field that the caller may not see is
 * absent, so whatever is for staff only is optional.
 */
import type * as api from './contract.ts';

export { CANCEL_REASONS, STATUSES } from './contract.ts';
export type {
  Actor, Address, AllowedAction, CancelReason, Change, Counts, DetailsPatch, FieldError, Figures, LineItem, NodeSample,
  NodeState, OrderAnswer, OrderPage, OrderSummary, OrderView, Parked, ParkedPage, Pricing, Problem, Projection, ProjectionPage,
  Rebuild, Redriven, Status, Tracking, Written,
} from './contract.ts';

/** An opaque place in the log. Keep it beside the state that it belongs to, and give it back unread. */
export type Cursor = string;

/** Which detail of an order changed. */
export type ChangeKind = api.Change['kind'];

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** One event of an order. `type` tells the shape of `data`. */
export type OrderEvent = Without<api.Event, 'order'>;

/** A page of an order's history, oldest first. */
export type OrderEventPage = Omit<api.OrderEventPage, 'data'> & { data: OrderEvent[] };

/** The types of events, the same on every channel. */
export type EventType = OrderEvent['type'];

/** What each type of event carries as its `data`; nothing where the server could not read the event. */
export type EventData = { [T in EventType]: Extract<OrderEvent, { type: T }> extends { data: infer D } ? D : undefined };
