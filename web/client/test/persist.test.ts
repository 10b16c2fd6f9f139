import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Client, createClient } from '../src/index.ts';
import { type Kept, type PersistOptions, persistIn, type StateStorage } from '../src/persist.ts';
import { OrdersStore } from '../src/stores/orders-store.ts';
import { FakeBrowser, type Tab } from './fake-browser.ts';
import { Follower, positionOf } from './follower.ts';
import { seeded, SimServer } from './sim-server.ts';

const KEY = 'waybill.state';

class MemoryStorage implements StateStorage {
  readonly items = new Map<string, string>();
  /** Longest text that there is room for. */
  room = Infinity;
  getItem = (key: string) => this.items.get(key) ?? null;
  removeItem = (key: string) => void this.items.delete(key);
  setItem(key: string, value: string): void {
    if (value.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  }

  get text(): string {
    return this.items.get(KEY) ?? '';
  }
}

let server: SimServer;
let storage: MemoryStorage;
beforeEach(() => {
  vi.useFakeTimers();
  server = new SimServer();
  server.accounts.set('ada', { subject: 'ada', session: 's' });
  server.accounts.set('bob', { subject: 'bob', session: 's' });
  storage = new MemoryStorage();
});
afterEach(() => void vi.useRealTimers());

const settle = (ms = 2_000) => vi.advanceTimersByTimeAsync(ms);

function open(subject: string | undefined = 'ada', options: PersistOptions = {}): { client: Client; tab: Tab; persistence: ReturnType<typeof persistIn> } {
  const tab = new FakeBrowser().open();
  const client = createClient({
    url: 'http://shop.test', token: () => subject, subject, random: seeded(1), ...server.via(tab),
  });
  return { client, tab, persistence: persistIn(client, storage, options) };
}

/** A page with one list on it, as `useOrders` has it. */
function openList(subject = 'ada') {
  const page = open(subject);
  const store = new OrdersStore(page.client, 'orders', {}, page.persistence);
  const leave = store.subscribe(() => undefined);
  const versions = () => store.get().orders.map((order) => order.version);
  return { ...page, store, versions, close: () => {
    leave();
    page.client.stop();
    page.tab.close();
  } };
}

test('a list is there again at once after a reload, and goes on from its cursor', async () => {
  server.append('a');
  let page = openList();
  await settle();
  server.append('a');
  await settle();
  page.close();
  server.append('a');
  page = openList();
  expect(page.versions()).toEqual([1]);
  expect(page.store.get().loading).toBe(false);
  const before = server.opened;
  await settle();
  expect(server.opened).toBe(before + 1);
  page.close();
});

test('nobody sees what was kept for somebody else, and it is removed', async () => {
  server.append('a');
  openList('ada').close();
  let page = openList('ada');
  await settle();
  page.close();
  expect(storage.text).toContain('"ada"');
  page = openList('bob');
  expect(page.versions()).toEqual([]);
  expect(storage.text).toBe('');
  page.close();
});

test('without a word of whose it is, nothing is shown before the server has said', async () => {
  const page = openList('ada');
  await settle();
  page.close();
  const client = createClient({ url: 'http://shop.test', token: () => 'ada', ...server.via(new FakeBrowser().open()) });
  const persistence = persistIn(client, storage);
  const name = JSON.stringify(['orders', {}]);
  expect(persistence.load(name)).toBeNull();
  client.start();
  await settle();
  expect(persistence.load(name)).not.toBeNull();
});

test('what is of another life of the log is dropped', async () => {
  server.append('a');
  server.append('a');
  let page = openList();
  await settle();
  page.close();
  server.restore(1);
  page = openList();
  await settle();
  expect(page.store.get().error).toBeNull();
  expect(page.versions()).toEqual([1]);
  await settle();
  expect(storage.text).toContain('"epoch":2');
  page.close();
});

test.each([
  ['not JSON', '{'], ['null', 'null'], ['an array', '[]'], ['another version', '{"v":2,"subject":"ada","epoch":1,"entries":[]}'],
  ['entries of another shape', '{"v":1,"subject":"ada","epoch":1,"entries":[{"cursor":1}]}'],
  ['too long', JSON.stringify({ v: 1, subject: 'ada', epoch: 1, entries: [['x', 'c', 'y'.repeat(300_000)]] })],
])('%s is ignored and removed', (_, text) => {
  storage.items.set(KEY, text);
  expect(open().persistence.load('x')).toBeNull();
  expect(storage.text).toBe('');
});

test('a list of another shape is not taken for one', async () => {
  const name = JSON.stringify(['orders', {}]);
  storage.items.set(KEY, JSON.stringify({ v: 1, subject: 'ada', epoch: 1, entries: [[name, '1:0', { orders: [{}], hasMore: false }]] }));
  const page = openList();
  expect(page.store.get().loading).toBe(true);
  await settle();
  expect(page.store.get().loading).toBe(false);
  page.close();
});

test('keeps so many states, and so much, and takes a full storage as it is', async () => {
  const { client, persistence } = open('ada', { maxEntries: 3, maxLength: 2_000 });
  client.start();
  await settle();
  const names = () => [...storage.text.matchAll(/\["(\w)","c"/g)].map(([, name]) => name).join('');
  const save = async (name: string, length: number) => {
    persistence.save(name, () => ({ cursor: 'c', state: 'x'.repeat(length) }));
    await settle();
  };
  for (const name of 'abcd') await save(name, 10);
  expect(names()).toBe('bcd');
  await save('b', 1_930);
  expect(names()).toBe('b');
  await save('e', 3_000);
  expect(names()).toBe('');
  storage.room = 200;
  await save('f', 50);
  await save('g', 100);
  expect(names()).toBe('g');
  persistence.drop('g');
  expect(names()).toBe('');
});

test('a storage that throws is like none', () => {
  const broken = (): never => {
    throw new DOMException('forbidden', 'SecurityError');
  };
  const { client } = open();
  const persistence = persistIn(client, { getItem: broken, setItem: broken, removeItem: broken });
  expect(persistence.load('x')).toBeNull();
});

test('whenever the page is left, what was kept and what comes after fit together', async () => {
  let restored = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(fc.tuple(fc.constantFrom('a', 'b', 'reload'), fc.nat(900)), { maxLength: 60, size: 'max' }), async (seed, acts) => {
      server = new SimServer(seed);
      server.accounts.set('ada', { subject: 'ada', session: 's' });
      storage = new MemoryStorage();
      const faults: unknown[] = [];
      const load = () => {
        const page = open('ada', { delayMs: 200 });
        const kept = page.persistence.load('versions');
        const follower = new Follower(server, 'orders', kept && positionOf(kept.cursor));
        if (kept) follower.state = new Map(kept.state as [string, number][]);
        const handle = page.client.subscribe({ topic: 'orders', ...(kept && { after: kept.cursor }), snapshot: true }, (delivery) => {
          try {
            follower.hear(delivery);
          } catch (error) {
            faults.push(error);
          }
          page.persistence.save('versions', (): Kept | null =>
            handle.cursor && follower.state ? { cursor: handle.cursor, state: [...follower.state] } : null);
        });
        return { ...page, follower };
      };
      let page = load();
      for (const [what, ms] of acts) {
        if (what === 'reload') {
          page.client.stop();
          page.tab.close();
          page = load();
          if (page.follower.at !== null) restored += 1;
        } else {
          server.append(what);
        }
        await settle(ms);
      }
      await settle(5_000);
      expect(faults).toEqual([]);
      expect(page.follower.missing()).toEqual([]);
      page.client.stop();
    }),
    { numRuns: 60 },
  );
  expect(restored).toBeGreaterThan(20);
});
