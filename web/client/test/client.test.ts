import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, createClient, type Delivery } from '../src/index.ts';
import { FakeSocket } from './fake-socket.ts';
import { sampleEvent } from './samples.ts';

const token = vi.fn<() => string | null | Promise<string | null>>();
const fetcher = vi.fn<typeof fetch>();
let client: Client;
let heard: Delivery[];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  heard = [];
  let n = 0;
  token.mockReset().mockImplementation(() => `t${++n}`);
  fetcher.mockReset().mockRejectedValue(new TypeError('no network'));
  client = createClient({
    url: 'http://shop.test', token, fetch: fetcher, random: () => 0.5, WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const follow = (options = {}) => client.subscribe({ topic: 'orders', ...options }, (delivery) => heard.push(delivery));
const event = (version: number) => sampleEvent('order.updated', { changes: [] }, { version, cursor: `c${version}` });

async function goLive(): Promise<FakeSocket> {
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.say(
    { type: 'subscribed', id: '1.0', mode: 'live', cursor: 'c0' },
    { type: 'snapshot', id: '1.0', orders: [], cursor: 'c0' },
  );
  return FakeSocket.last;
}

test('says of an attempt while offline that it is under way', async () => {
  fetcher.mockReturnValue(new Promise(() => undefined));
  follow();
  await settle();
  FakeSocket.last.fail();
  expect(client.status).toEqual({ state: 'offline' });
  client.retryNow();
  expect(client.status).toEqual({ state: 'offline', trying: true });
  await settle();
  // Whoever asks does not wait for a second socket to fail.
  FakeSocket.last.fail();
  await settle();
  expect(fetcher).toHaveBeenCalledTimes(1);
  expect(client.status).toEqual({ state: 'offline', trying: true });
});

test('starts over for another person, and says who is known', async () => {
  const handle = follow();
  (await goLive()).say({ type: 'event', ids: ['1.0'], event: event(1) });
  expect(client.identity).toEqual({ subject: 'ada', epoch: 1 });
  FakeSocket.last.fail();
  await vi.advanceTimersByTimeAsync(250);
  FakeSocket.last.welcome('bob');
  expect(client.identity).toEqual({ subject: 'bob', epoch: 1 });
  expect(heard.at(-1)).toEqual({ kind: 'reset', reason: 'subject' });
  expect(FakeSocket.last.sent.at(-1)).toMatchObject({ id: '1.1', snapshot: true });
  expect(handle.cursor).toBeNull();
});

test('says how far catching up has come, as long as it goes on', async () => {
  follow({ after: 'c0' });
  await settle();
  FakeSocket.last.welcome();
  expect(client.progress).toBeNull();
  FakeSocket.last.say({ type: 'subscribed', id: '1.0', mode: 'replay', cursor: 'c0' });
  for (const version of [1, 2]) FakeSocket.last.say({ type: 'event', ids: ['1.0'], event: event(version) });
  expect(client.status.state).toBe('replaying');
  expect(client.progress).toEqual({ events: 2, at: Date.parse(event(2).recorded_at) });
  FakeSocket.last.say({ type: 'live', id: '1.0', cursor: 'c2' });
  expect(client.progress).toBeNull();
  FakeSocket.last.say({ type: 'event', ids: ['1.0'], event: event(3) });
  expect(client.progress).toBeNull();
});

test('goes on from where it began to listen, not from where it lost the connection', async () => {
  follow({ after: 'now' });
  await settle();
  FakeSocket.last.welcome();
  FakeSocket.last.say({ type: 'subscribed', id: '1.0', mode: 'live', cursor: 'c7' });
  FakeSocket.last.fail();
  await vi.advanceTimersByTimeAsync(250);
  FakeSocket.last.welcome();
  expect(FakeSocket.last.sent.at(-1)).toMatchObject({ after: 'c7' });
});

test('the cursor seen by a listener is that of the very event, also where several come together', async () => {
  const places: (string | null)[] = [];
  const handle = client.subscribe({ topic: 'orders', after: 'c0' }, () => places.push(handle.cursor));
  await settle();
  FakeSocket.last.welcome();
  const frames = [1, 2, 3].map((version) => ({ type: 'event' as const, ids: ['1.0'], event: event(version) }));
  FakeSocket.last.say({ type: 'subscribed', id: '1.0', mode: 'replay', cursor: 'c0' }, ...frames);
  expect(places).toEqual(['c1', 'c2', 'c3']);
  FakeSocket.last.say({ type: 'cursor', id: '1.0', cursor: 'c9' });
  expect(handle.cursor).toBe('c9');
});

describe('a connection', () => {
  test('says hello, asks for a snapshot and is live', async () => {
    follow({ include: 'order' });
    expect(client.status.state).toBe('connecting');
    const socket = await goLive();
    expect(socket.url.href).toBe('ws://shop.test/v1/ws');
    expect(socket.sent).toEqual([
      { type: 'hello', token: 't1' },
      { type: 'subscribe', id: '1.0', topic: 'orders', snapshot: true, include: 'order' },
    ]);
    expect(client.status.state).toBe('live');
    expect(heard.map((delivery) => delivery.kind)).toEqual(['snapshot', 'live']);
  });

  test('resumes from the last event handled, and says what of it is catching up', async () => {
    const handle = follow();
    (await goLive()).say({ type: 'event', ids: ['1.0'], event: event(1) });
    expect(handle.cursor).toBe('c1');
    FakeSocket.last.fail();
    expect(client.status.state).toBe('connecting');
    await vi.advanceTimersByTimeAsync(250);
    const socket = FakeSocket.last;
    socket.welcome();
    expect(socket.sent[1]).toEqual({ type: 'subscribe', id: '1.0', topic: 'orders', after: 'c1' });
    socket.say({ type: 'subscribed', id: '1.0', mode: 'replay', cursor: 'c1' });
    expect(client.status.state).toBe('replaying');
    socket.say({ type: 'event', ids: ['1.0'], event: event(1) }, { type: 'event', ids: ['1.0'], event: event(2) });
    socket.say({ type: 'live', id: '1.0', cursor: 'c2' }, { type: 'event', ids: ['1.0'], event: event(3) });
    expect(heard.slice(2).map((d) => (d.kind === 'event' ? [d.event.version, d.live] : d.kind))).toEqual([
      [1, true], [2, false], 'live', [3, true],
    ]);
    expect(heard[4]).toEqual({ kind: 'live', missed: 1 });
  });

  test('backs off further with every failure, up to half a minute, at a random moment', async () => {
    follow();
    await settle();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      const began = Date.now();
      const before = FakeSocket.all.length;
      FakeSocket.last.fail(4101);
      while (FakeSocket.all.length === before) await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - began);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
    expect(client.status.state).toBe('offline');
  });

  test('comes back within the time that a draining server names, and stays until then', async () => {
    follow();
    const socket = await goLive();
    socket.say({ type: 'drain', retry_within_ms: 8000 }, { type: 'event', ids: ['1.0'], event: event(1) });
    expect(heard.at(-1)).toMatchObject({ kind: 'event' });
    socket.fail(4100);
    await vi.advanceTimersByTimeAsync(3999);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('waits as long as an overloaded server asks', async () => {
    follow();
    (await goLive()).fail(4120, '9000 at once; retry_within_ms=6000');
    await vi.advanceTimersByTimeAsync(2999);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('asks for another token when one is refused, and stops if there is none', async () => {
    follow();
    await goLive();
    FakeSocket.last.fail(4401);
    await settle();
    FakeSocket.last.open();
    expect(FakeSocket.last.sent).toEqual([{ type: 'hello', token: 't2' }]);
    token.mockReturnValue('t2');
    FakeSocket.last.fail(4401);
    await vi.advanceTimersByTimeAsync(1000);
    expect(client.status).toEqual({ state: 'stopped', reason: 'unauthorized' });
  });

  test.each([[4400, 'bad_frame'], [4403, 'forbidden'], [4409, 'revoked'], [4413, 'frame_too_big']])(
    'stops for good on %i', async (code, reason) => {
      follow();
      (await goLive()).fail(code);
      await vi.advanceTimersByTimeAsync(120_000);
      expect(client.status).toEqual({ state: 'stopped', reason });
      expect(FakeSocket.all).toHaveLength(1);
    },
  );

  test('gives a fresh token in place when the old one is about to expire', async () => {
    follow();
    const socket = await goLive();
    socket.say({ type: 'auth_expiring', in_secs: 30 });
    await settle();
    expect(socket.sent.at(-1)).toEqual({ type: 'auth', token: 't2' });
  });

  test('answers pings, and leaves a server that has fallen silent', async () => {
    follow();
    const socket = await goLive();
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(20_000);
      socket.say({ type: 'ping', cursor: 'h' });
    }
    expect(socket.sent.filter((frame) => frame.type === 'pong')).toHaveLength(5);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.readyState).toBe(3);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  test('begins anew with a snapshot after a reset, under another id', async () => {
    follow();
    const socket = await goLive();
    socket.say({ type: 'reset', id: '1.0', reason: 'epoch' }, { type: 'event', ids: ['1.0'], event: event(7) });
    expect(socket.sent.at(-1)).toEqual({ type: 'subscribe', id: '1.1', topic: 'orders', snapshot: true });
    expect(heard.at(-1)).toEqual({ kind: 'reset', reason: 'epoch' });
  });

  test('tries a subscription again after a refusal that may pass, but not after one that stays', async () => {
    follow();
    await settle();
    const socket = FakeSocket.last;
    socket.welcome();
    socket.say({ type: 'error', id: '1.0', code: 'busy', detail: '', retry: true });
    await vi.advanceTimersByTimeAsync(2500);
    expect(socket.sent.at(-1)).toMatchObject({ type: 'subscribe', id: '1.1' });
    socket.say({ type: 'error', id: '1.1', code: 'forbidden', detail: 'no', retry: false });
    expect(heard.at(-1)).toEqual({ kind: 'error', code: 'forbidden', detail: 'no' });
    expect(client.status.state).toBe('live');
  });

  test('goes offline with the browser, and is back at once when that is', async () => {
    const page = new EventTarget() as Window & typeof globalThis;
    const doc = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    vi.stubGlobal('window', page);
    vi.stubGlobal('document', doc);
    follow();
    await goLive();
    page.dispatchEvent(new Event('offline'));
    expect(client.status.state).toBe('offline');
    page.dispatchEvent(new Event('online'));
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last.welcome();
    FakeSocket.last.fail();
    doc.dispatchEvent(new Event('visibilitychange'));
    await settle();
    expect(FakeSocket.all).toHaveLength(3);
    client.stop();
    vi.unstubAllGlobals();
  });

  test('tries at once when asked to, and not twice at a time', async () => {
    follow();
    await goLive();
    FakeSocket.last.fail();
    client.retryNow();
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
    client.retryNow();
    await settle();
    expect(FakeSocket.all).toHaveLength(2);
  });
});

test('one listener that throws does not keep events from the others', async () => {
  const thrown: unknown[] = [];
  vi.stubGlobal('queueMicrotask', (run: () => void) => {
    try {
      run();
    } catch (error) {
      thrown.push(error);
    }
  });
  follow();
  client.subscribe({ topic: 'orders', after: 'now' }, () => {
    throw new Error('mine');
  });
  const socket = await goLive();
  socket.say({ type: 'event', ids: ['2.0', '1.0'], event: event(1) });
  expect(heard.at(-1)).toMatchObject({ kind: 'event' });
  expect(thrown).toHaveLength(1);
  vi.unstubAllGlobals();
});
