/**
 * Follows Waybill's orders: resumes where it left off, hands on every event once and in order.
 *
 * Begin reading at `machine.ts` (what happens when), then `client.ts` (how it is done) and `transports/` (over what).
 * Nothing here knows of React; the hooks are in `@waybill/client/react`.
 */
export { createClient } from './client.ts';
export type {
  Client, ClientOptions, Listener, ShareContext, SubscribeOptions, SubscriptionHandle, TokenSource,
} from './client.ts';
export type { ResetReason } from './frames.ts';
export type { ConnectionState, ConnectionStatus, Delivery, Identity, Progress, Snapshot, StopReason, Topic } from './state.ts';
export type { Connect, Transport, Wire, WireEvents } from './transports/transport.ts';
export * from './wire.ts';
