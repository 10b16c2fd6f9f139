/** What the compiler knows: checked by `npm run types`, and by vitest where a value is involved. */
import { expectTypeOf, test } from 'vitest';
import type {
  AllowedAction, Change, ClientOptions, ConnectionState, Delivery, EventType, OrderEvent, OrderView, Pricing, Problem, Status, StopReason, Tracking,
} from '../src/index.ts';
import type { ClientFrame, Frame } from '../src/frames.ts';

type Of<T extends EventType> = Extract<OrderEvent, { type: T }>;

test('the type of an event tells the shape of its data', () => {
  expectTypeOf<OrderEvent['type']>().toEqualTypeOf<
    'order.created' | 'order.updated' | 'order.status_changed' | 'order.cancelled' | 'order.completed' | 'order.unreadable'
  >();
  expectTypeOf<Of<'order.status_changed'>['data']>().toHaveProperty('to').toEqualTypeOf<Status>();
  expectTypeOf<Of<'order.created'>['data']>().toHaveProperty('pricing').toEqualTypeOf<Pricing>();
  expectTypeOf<Of<'order.cancelled'>['data']>().not.toHaveProperty('to');
  expectTypeOf<Of<'order.unreadable'>>().not.toHaveProperty('data');
  expectTypeOf<OrderEvent>().not.toHaveProperty('order');
});

test('narrowing works as applications do it', () => {
  const read = (event: OrderEvent): string => {
    switch (event.type) {
      case 'order.created':
        return event.data.pricing.currency;
      case 'order.updated':
        return event.data.changes.map((change) => (change.kind === 'tracking' ? (change.after?.number ?? '') : change.kind)).join();
      case 'order.status_changed':
        return `${event.data.from} ${event.data.to}`;
      case 'order.cancelled':
        return event.data.reason;
      case 'order.completed':
        return event.data.from;
      case 'order.unreadable':
        // @ts-expect-error -- there is nothing to be read
        return String(event.data);
      default:
        // Every type is dealt with above.
        expectTypeOf(event).toBeNever();
        return '';
    }
  };
  expectTypeOf(read).returns.toBeString();
});

test('a change tells by its kind what stands before and after it', () => {
  expectTypeOf<Extract<Change, { kind: 'tracking' }>['after']>().toEqualTypeOf<Tracking | null | undefined>();
  expectTypeOf<Extract<Change, { kind: 'metadata' }>['before']>().toEqualTypeOf<Record<string, string> | null | undefined>();
});

test('deliveries, states and actions are unions that can be told apart', () => {
  expectTypeOf<Extract<Delivery, { kind: 'event' }>>().toHaveProperty('live').toBeBoolean();
  expectTypeOf<Extract<Delivery, { kind: 'live' }>>().toHaveProperty('missed').toBeNumber();
  expectTypeOf<Delivery['kind']>().toEqualTypeOf<'snapshot' | 'event' | 'reset' | 'live' | 'error'>();
  expectTypeOf<ConnectionState>().toEqualTypeOf<'connecting' | 'replaying' | 'live' | 'polling' | 'offline' | 'stopped'>();
  expectTypeOf<'closed'>().toExtend<StopReason>();
  expectTypeOf<Extract<AllowedAction, { action: 'change_status' }>>().toHaveProperty('to').toEqualTypeOf<Status>();
  expectTypeOf<Problem>().toHaveProperty('code').toBeString();
  expectTypeOf<OrderView>().toHaveProperty('status').toEqualTypeOf<Status>();
});

test('nothing at the seams is any', () => {
  expectTypeOf<Frame>().not.toBeAny();
  expectTypeOf<ClientFrame>().not.toBeAny();
  expectTypeOf<OrderEvent>().not.toBeAny();
  expectTypeOf<Extract<Change, { kind: 'pricing' }>['after']>().not.toBeAny();
  expectTypeOf<ReturnType<ClientOptions['token']>>().toEqualTypeOf<string | null | Promise<string | null>>();
});
