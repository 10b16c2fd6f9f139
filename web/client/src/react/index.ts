/** React hooks over `@waybill/client`: the same state for every component that asks for the same thing. */
export { useConnection, useOrder, useOrders, useOrderEvents, useWaybill, WaybillProvider } from './hooks.ts';
export type { Connection, UseOrdersOptions, WaybillProviderProps } from './hooks.ts';
export type { OrdersFilter, OrdersSort } from '../stores/order-filter.ts';
export type { OrdersState } from '../stores/orders-store.ts';
export type { OrderState } from '../stores/order-store.ts';
export { messageOf, ProblemError, requestJson, UNREACHABLE } from '../stores/request.ts';
