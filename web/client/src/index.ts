/**
 * Follows Waybill's orders: resumes where it left off, hands on every event once and in order.
 *
 * Begin reading at `machine.ts` (what happens when), then `client.ts` (how it is done). Nothing here
 * knows of React; the hooks are in `@waybill/client/react`.
 */
export { createClient } from './client.ts';
export type { Client, ClientOptions, Listener, SubscribeOptions, SubscriptionHandle } from './client.ts';
export type { ResetReason, Snapshot } from './frames.ts';
export type { ConnectionState, ConnectionStatus, Delivery, StopReason } from './state.ts';
export * from './wire.ts';
