/** The client and its stores against a server with real sockets, killed and started again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, createClient } from '../src/index.ts';
import { OrderStore } from '../src/stores/order-store.ts';
import { OrdersStore } from '../src/stores/orders-store.ts';
import { FakeServer } from './fake-server.ts';

let server: FakeServer;
let client: Client;
const nothing = () => undefined;

beforeEach(async () => {
  server = new FakeServer();
  await server.start();
  client = createClient({ url: server.url, token: () => 'staff', WebSocket: WebSocket as unknown as typeof globalThis.WebSocket });
});
afterEach(async () => {
  client.stop();
  await server.stop();
});

const isLive = () => vi.waitFor(() => expect(client.status.state).toBe('live'), { timeout: 5_000 });

test('a list follows what happens without being read again', async () => {
  const { shop } = server;
  const first = shop.createDemo();
  const store = new OrdersStore(client, 'orders', {});
  const leave = store.subscribe(nothing);
  await isLive();
  const second = shop.createDemo();
  shop.move(first.order_id, 'processing');
  await vi.waitFor(() => expect(store.get().orders.map((order) => order.status)).toEqual(['pending', 'processing']));
  expect(store.get().orders[0]?.order_id).toBe(second.order_id);
  expect(store.get().counts).toMatchObject({ pending: 1, processing: 1 });
  expect(store.get().fresh.has(first.order_id)).toBe(true);
  leave();
});

test('a list is right after the server was killed while orders changed', async () => {
  const { shop } = server;
  const orders = Array.from({ length: 5 }, () => shop.createDemo());
  const store = new OrdersStore(client, 'orders', { status: 'processing' });
  const leave = store.subscribe(nothing);
  await isLive();
  await server.stop();
  for (const { order_id } of orders) shop.move(order_id, 'processing');
  await server.start();
  await vi.waitFor(() => expect(store.get().orders).toHaveLength(5), { timeout: 8_000 });
  expect(store.get().counts).toMatchObject({ pending: 0, processing: 5 });
  leave();
});

test('pages are added to the list, and new orders do not shift them', async () => {
  const { shop } = server;
  for (let i = 0; i < 120; i++) shop.createDemo();
  const store = new OrdersStore(client, 'orders', {});
  const leave = store.subscribe(nothing);
  await isLive();
  shop.createDemo();
  await vi.waitFor(() => expect(store.get().orders).toHaveLength(51));
  await store.loadMore();
  await store.loadMore();
  const ids = store.get().orders.map((order) => order.order_id);
  expect(new Set(ids).size).toBe(121);
  expect(store.get().hasMore).toBe(false);
  leave();
});

test('an order shows its events and what may be done now', async () => {
  const { order_id } = server.shop.createDemo();
  const store = new OrderStore(client, order_id);
  const leave = store.subscribe(nothing);
  await isLive();
  server.shop.move(order_id, 'shipped', { tracking: { number: 'RM1' } });
  await vi.waitFor(() => {
    const { order, events } = store.get();
    expect(order?.tracking).toEqual({ number: 'RM1' });
    expect(order?.allowed_actions).toContainEqual({ action: 'change_status', to: 'delivered' });
    expect(events.map((event) => event.version)).toEqual([1, 2, 3]);
  });
  leave();
});

test('a history of any length is read, its newest events when asked for', async () => {
  const { shop } = server;
  const { order_id } = shop.createDemo();
  for (let i = 0; i < 1_049; i++) shop.update(order_id, { notes: `${i}` });
  const store = new OrderStore(client, order_id);
  const leave = store.subscribe(nothing);
  await vi.waitFor(() => expect(store.get()).toMatchObject({ hasMoreEvents: true }), { timeout: 5_000 });
  expect(store.get().events).toHaveLength(1_000);
  shop.update(order_id, { notes: 'now' });
  await vi.waitFor(() => expect(store.get().events).toHaveLength(1_001));
  await store.loadMoreEvents();
  expect(store.get().hasMoreEvents).toBe(false);
  expect(store.get().events.map((event) => event.version)).toEqual(Array.from({ length: 1_051 }, (_, i) => i + 1));
  leave();
});

test('an order is not called settled before the server has told all of it, and is asked for until it has', async () => {
  const { shop } = server;
  const { order_id } = shop.createDemo();
  let broken = false;
  client.stop();
  client = createClient({
    url: server.url, token: () => 'staff', WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    fetch: (url, init) => (broken ? Promise.reject(new TypeError('no network')) : fetch(url, init)),
  });
  const store = new OrderStore(client, order_id);
  const leave = store.subscribe(nothing);
  await isLive();
  await vi.waitFor(() => expect(store.get().settled).toBe(true));
  broken = true;
  shop.update(order_id, { notes: 'Theirs' });
  await vi.waitFor(() => expect(store.get()).toMatchObject({ settled: false, order: { version: 2 }, error: 'Waybill cannot be reached right now.' }));
  expect(store.get().order?.notes).not.toBe('Theirs');
  // Buttons do not go away for that.
  expect(store.get().order?.allowed_actions).not.toEqual([]);
  broken = false;
  await vi.waitFor(() => expect(store.get()).toMatchObject({ settled: true, order: { notes: 'Theirs' }, error: null }), { timeout: 8_000 });
  leave();
});

test('an order that does not exist says so', async () => {
  const store = new OrderStore(client, 'nobody');
  const leave = store.subscribe(nothing);
  await vi.waitFor(() => expect(store.get()).toMatchObject({ loading: false, error: 'There is no such order.' }));
  leave();
});
