/**
 * Live lists against brute force: whatever happens, in whatever order answers and events come, the rows are the first
 * rows of the list that the server would give now, in its order, and the counts are its counts.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { STATUSES } from '../src/index.ts';
import type { OrdersFilter, OrdersSort } from '../src/stores/order-filter.ts';
import { OrdersStore } from '../src/stores/orders-store.ts';
import { microseconds, OrdersModel } from './orders-model.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const SORTS: OrdersSort[] = ['placed_at', '-placed_at', 'updated_at', '-updated_at', 'total', '-total'];
const n = fc.integer({ min: 1, max: 18 });
const word = fc.constantFrom('tea', 'teapot', 'mug', 'x');
const total = fc.integer({ min: 1, max: 9 });

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), n, placed: fc.integer({ min: 1, max: 12 }), total, customer: fc.constantFrom('ada', 'otto'), email: word, sku: word }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('move' as const), n, to: fc.constantFrom(...STATUSES) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('update' as const), n, kind: fc.constantFrom('pricing' as const, 'shipping_address' as const, 'notes' as const), word, total }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), late: fc.constantFrom(0, 0, 0.5, 1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('more' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 300, 6_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const filters = fc.record({
  status: fc.constantFrom([], [], ['pending', 'processing'] as const, ['shipped', 'pending', 'delivered'] as const),
  customer: fc.constantFrom('ada', undefined, undefined, undefined),
  from: fc.constantFrom(microseconds(3), undefined, undefined, undefined),
  to: fc.constantFrom(microseconds(11), undefined, undefined, undefined),
  q: fc.constantFrom('tea', 'te ord', undefined),
  sort: fc.constantFrom(...SORTS, undefined),
}).map((filter) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as OrdersFilter);

async function run(model: OrdersModel, store: OrdersStore, step: Step): Promise<void> {
  if (step.do === 'create') model.create(step.n, { placed_at: microseconds(step.placed), total: step.total, customer_id: step.customer }, step.email, step.sku);
  if (step.do === 'move') model.move(step.n, step.to);
  if (step.do === 'update') model.update(step.n, step.kind, step.word, step.total);
  if (step.do === 'deliver') model.deliver(step.count);
  if (step.do === 'answer') model.answer(step.late);
  if (step.do === 'fail') model.fail();
  if (step.do === 'reset') model.reset();
  if (step.do === 'more') void store.loadMore();
  await vi.advanceTimersByTimeAsync(step.do === 'wait' ? step.ms : 1);
}

/** Lets everything come that is under way. */
async function settle(model: OrdersModel): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    quiet = model.requests.length > 0 || model.undelivered > 0 ? 0 : quiet + 1;
    while (model.requests.length > 0) {
      model.answer(1);
      await vi.advanceTimersByTimeAsync(1);
    }
    model.deliver(Infinity);
    await vi.advanceTimersByTimeAsync(6_000);
  }
}

function expectRight(model: OrdersModel, store: OrdersStore, filter: OrdersFilter): void {
  const { orders, hasMore, counts } = store.get();
  const all = model.list(filter);
  const shown = ({ order_id, version }: { order_id: string; version: number }) => `${order_id} v${version}`;
  expect(orders.map(shown)).toEqual(all.slice(0, orders.length).map(shown));
  if (!hasMore) expect(orders.length).toBe(all.length);
  expect(counts).toEqual(model.counts(filter.customer ?? null));
  orders.forEach((order, i) => expect(store.indexOf(order.order_id)).toBe(i));
}

test('rows and counts are the server\'s, whatever comes when', async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.array(step, { minLength: 40, maxLength: 60, size: 'max' }), fc.array(step, { minLength: 30, maxLength: 80, size: 'max' }), async (filter, before, after) => {
      const model = new OrdersModel();
      const store = new OrdersStore(model.client, 'orders', filter);
      for (const each of before) if (each.do === 'create' || each.do === 'move' || each.do === 'update') await run(model, store, each);
      const leave = store.subscribe(() => undefined);
      for (const each of after) await run(model, store, each);
      await settle(model);
      expectRight(model, store, filter);
      while (store.get().hasMore) {
        void store.loadMore();
        await settle(model);
        expectRight(model, store, filter);
      }
      leave();
      await vi.advanceTimersByTimeAsync(10_000);
    }),
    { numRuns: 600, seed: 3 },
  );
}, 60_000);

test('a list left open does not grow for ever, and goes on where it was cut', async () => {
  for (const sort of SORTS) {
    const model = new OrdersModel();
    for (let i = 1; i <= 30; i++) model.create(i, { placed_at: microseconds(i), total: i });
    const store = new OrdersStore(model.client, 'orders', { sort });
    const leave = store.subscribe(() => undefined);
    await settle(model);
    for (let i = 0; i < 3; i++) {
      void store.loadMore();
      await settle(model);
    }
    for (let i = 31; i <= 900; i++) model.create(i, { placed_at: microseconds(sort.startsWith('-') ? i : 1), total: i % 17 });
    await settle(model);
    expect(store.get().orders.length).toBeLessThan(600);
    expectRight(model, store, { sort });
    for (let i = 0; i < 5; i++) {
      void store.loadMore();
      await settle(model);
      expectRight(model, store, { sort });
    }
    leave();
    await vi.advanceTimersByTimeAsync(10_000);
  }
}, 30_000);
