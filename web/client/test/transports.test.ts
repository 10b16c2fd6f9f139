/** What carries the frames where WebSockets do not get through. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, type ClientOptions, createClient, type Delivery } from '../src/index.ts';
import { FakeHttp, type FakeRequest } from './fake-http.ts';
import { FakeSocket } from './fake-socket.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

const STREAM = '/v1/events/stream';
const POLL = '/v1/events';
let client: Client;
let http: FakeHttp;
let heard: Delivery[];
let tokens = 0;

function start(options: Partial<ClientOptions> = {}): void {
  client = createClient({
    url: 'http://shop.test', token: () => `t${++tokens}`, fetch: http.fetch, random: () => 0.5,
    WebSocket: FakeSocket as unknown as typeof WebSocket, ...options,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  heard = [];
  tokens = 0;
  http = new FakeHttp();
  start();
});
afterEach(() => {
  client.stop();
  vi.useRealTimers();
});

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const follow = (options = {}) => client.subscribe({ topic: 'orders', ...options }, (delivery) => heard.push(delivery));
const event = (version: number) => sampleEvent('order.updated', { changes: [] }, { version, cursor: `c${version}` });
const kinds = () => heard.map((delivery) => (delivery.kind === 'event' ? [delivery.event.version, delivery.live] : delivery.kind));

/** Two sockets fail without a word, whereupon the client turns to streams. */
async function refuseSockets(): Promise<void> {
  await settle();
  FakeSocket.last.fail();
  await settle(250);
  FakeSocket.last.fail();
  await settle();
}

async function openStream(): Promise<FakeRequest> {
  await refuseSockets();
  const stream = http.last(STREAM);
  stream.stream();
  await settle();
  return stream;
}

/** Streams are of no use either: a proxy keeps them back. */
async function refuseStreams(): Promise<void> {
  await refuseSockets();
  await settle(10_000);
  await settle();
}

describe('over server-sent events', () => {
  test('is live, from a snapshot and its cursor, with the token in a header', async () => {
    follow({ include: 'order', types: ['order.updated'] });
    await refuseSockets();
    expect(http.last('/v1/me').token).toBe('Bearer t2');
    expect(client.identity).toEqual({ subject: 'ada', epoch: null });
    http.last('/v1/orders').json({ data: [sampleSummary()], next_cursor: null, cursor: 'c0' });
    await settle();
    const stream = http.last(STREAM);
    expect(http.last('/v1/orders').path).toBe('/v1/orders?limit=100');
    expect(stream.path).toBe(`${STREAM}?topic=orders&types=order.updated&include=order&after=c0`);
    expect(stream.token).toBe('Bearer t2');
    expect(client.status).toEqual({ state: 'replaying', transport: 'sse' });
    stream.stream();
    stream.event('order.updated', { ...event(1), order: sampleSummary() }, 'c1');
    stream.event('live', { cursor: 'c1' }, 'c1');
    stream.event('order.updated', event(2), 'c2');
    await settle();
    expect(client.status).toEqual({ state: 'live', transport: 'sse' });
    expect(kinds()).toEqual(['snapshot', [1, false], 'live', [2, true]]);
    expect(heard[1]).toEqual({ kind: 'event', event: event(1), order: sampleSummary(), live: false });
  });

  test('reads events that are cut anywhere, with any line breaks', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    const text = `: hello\r\n\r\nid: c1\r\nevent: order.updated\r\ndata: ${JSON.stringify(event(1))}\r\n\r\nretry: 5\n\nevent:live\ndata:{"cursor":\ndata:"c1"}\n\n`;
    for (const char of text) {
      stream.say(char);
      await settle();
    }
    expect(kinds()).toEqual([[1, false], 'live']);
  });

  test('goes on from the last event when the stream breaks, by a stream', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('live', { cursor: 'c0' });
    stream.event('order.updated', event(1));
    await settle();
    stream.fail();
    await settle();
    expect(client.status).toEqual({ state: 'connecting' });
    await settle(250);
    expect(http.last(STREAM).path).toContain('after=c1');
  });

  test('moves its cursor where nothing was for it', async () => {
    const handle = follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('cursor', { cursor: 'c5' });
    await settle();
    expect(handle.cursor).toBe('c5');
  });

  test('begins anew after a reset', async () => {
    follow({ after: 'c9', snapshot: true });
    const stream = await openStream();
    stream.event('reset', { reason: 'epoch' });
    stream.end();
    await settle();
    expect(http.to('/v1/orders')).toHaveLength(1);
    http.last('/v1/orders').json({ data: [], next_cursor: null, cursor: 'd0' });
    await settle();
    expect(kinds()).toEqual(['reset', 'snapshot']);
    expect(http.last(STREAM).path).toContain('after=d0');
    expect(client.status.state).toBe('replaying');
  });

  test('comes back within the time that a draining server names', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('drain', { retry_within_ms: 8_000 });
    await settle();
    stream.end();
    await settle(3_900);
    expect(http.to(STREAM)).toHaveLength(1);
    await settle(200);
    expect(http.to(STREAM)).toHaveLength(2);
  });

  test('asks for a fresh token when the stream ends with the old one, and stops when access was taken back', async () => {
    follow({ after: 'c0' });
    let stream = await openStream();
    stream.event('end', { code: 'token_expired', detail: '' });
    await settle(1_500);
    stream = http.last(STREAM);
    expect(stream.token).toBe('Bearer t3');
    stream.stream();
    stream.event('end', { code: 'token_revoked', detail: '' });
    await settle();
    expect(client.status).toEqual({ state: 'stopped', reason: 'revoked' });
  });

  test('leaves a stream that has fallen silent, but not one that sends comments', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('live', { cursor: 'c0' });
    for (let i = 0; i < 4; i++) {
      await settle(30_000);
      stream.say(': still here\n\n');
      await settle();
    }
    expect(client.status.state).toBe('live');
    await settle(45_000);
    expect(stream.aborted).toBe(true);
    expect(client.status.state).toBe('connecting');
  });

  test('holds four requests at most, and asks now and then for what goes beyond', async () => {
    for (let i = 0; i < 6; i++) follow({ after: `c${i}` });
    await refuseSockets();
    expect(http.to(STREAM)).toHaveLength(4);
    expect(http.to(POLL).map((request) => request.path)).toEqual([
      `${POLL}?topic=orders&after=c4&wait=0`, `${POLL}?topic=orders&after=c5&wait=0`,
    ]);
    for (const request of http.to(POLL)) request.json({ data: [], cursor: 'c9', more: false });
    for (const request of http.to(STREAM)) request.stream();
    for (const request of http.to(STREAM)) request.event('live', { cursor: 'c9' });
    await settle(5_000);
    expect(http.last(POLL).path).toBe(`${POLL}?topic=orders&after=c9&wait=0`);
    expect(client.status.state).toBe('live');
  });

  test('a subscription that is closed lets go of its request', async () => {
    const handle = follow({ after: 'c0' });
    const stream = await openStream();
    handle.close();
    await settle();
    expect(stream.aborted).toBe(true);
    expect(client.status).toEqual({ state: 'live', transport: 'sse' });
  });

  test('returns to a socket without letting go of the stream before', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('live', { cursor: 'c3' });
    await settle(1_000);
    expect(FakeSocket.all).toHaveLength(3);
    expect(client.status).toEqual({ state: 'live', transport: 'sse' });
    expect(stream.aborted).toBe(false);
    FakeSocket.last.welcome();
    expect(stream.aborted).toBe(true);
    expect(FakeSocket.last.sent[1]).toMatchObject({ type: 'subscribe', after: 'c3' });
    FakeSocket.last.say({ type: 'subscribed', id: '1.0', mode: 'live', cursor: 'c3' });
    expect(client.status).toEqual({ state: 'live', transport: 'websocket' });
  });

  test('tries a socket soon, then less and less often', async () => {
    follow({ after: 'c0' });
    const stream = await openStream();
    stream.event('live', { cursor: 'c0' });
    const tries: number[] = [];
    for (let i = 0; i < 7; i++) {
      const began = Date.now();
      const socket = FakeSocket.last;
      while (FakeSocket.last === socket) {
        await settle(250);
        stream.say(':\n\n');
        expect(client.status.state).not.toBe('offline');
      }
      tries.push(Date.now() - began);
      FakeSocket.last.fail();
    }
    expect(tries).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test('a link to one order needs no account', async () => {
    http.knows = false;
    follow({ topic: 'order:ORD-1' });
    await refuseSockets();
    http.last('/v1/me').problem(403, 'forbidden');
    await settle();
    http.last('/v1/orders/ORD-1').json({ order_id: 'o', version: 1, cursor: 'c0' });
    await settle();
    expect(http.last(STREAM).path).toBe(`${STREAM}?topic=order%3AORD-1&after=c0`);
    expect(kinds()).toEqual(['snapshot']);
    expect(client.identity).toBeNull();
  });

  test('is all that there is where the platform has no WebSocket', async () => {
    client.stop();
    vi.stubGlobal('WebSocket', undefined);
    client = createClient({ url: 'http://shop.test', token: () => 't', fetch: http.fetch });
    follow({ after: 'c0' });
    await settle();
    http.last(STREAM).stream();
    http.last(STREAM).event('live', { cursor: 'c0' });
    await settle(70_000 - 30_000);
    expect(client.status).toEqual({ state: 'live', transport: 'sse' });
    vi.unstubAllGlobals();
  });
});

describe('where streams do not get through either', () => {
  test('polls from the same cursor', async () => {
    follow({ include: 'order', after: 'c0' });
    await refuseStreams();
    expect(client.status).toEqual({ state: 'polling', transport: 'poll' });
    http.last(POLL).json({ data: [{ ...event(1), order: sampleSummary() }], cursor: 'c1', more: true });
    await settle();
    http.last(POLL).json({ data: [], cursor: 'c2', more: false });
    await settle();
    expect(http.to(POLL).map((request) => request.path)).toEqual([
      `${POLL}?topic=orders&include=order&after=c0&wait=0`,
      `${POLL}?topic=orders&include=order&after=c1&wait=0`,
      `${POLL}?topic=orders&include=order&after=c2&wait=25`,
    ]);
    expect(kinds()).toEqual([[1, false], 'live']);
  });

  test.each([
    ['another type of answer', (stream: FakeRequest) => stream.stream('text/html')],
    ['an answer that is not Waybill’s', (stream: FakeRequest) => stream.json({}, 404)],
  ])('takes %s for a stream that does not get through', async (_, answer) => {
    follow({ after: 'c0' });
    await refuseSockets();
    answer(http.last(STREAM));
    await settle();
    expect(client.status).toEqual({ state: 'polling', transport: 'poll' });
  });

  test('begins anew when the log has another name', async () => {
    follow({ after: 'c9', snapshot: true });
    await refuseStreams();
    http.last(POLL).problem(410, 'cursor_reset', { reason: 'ahead' });
    await settle();
    http.last('/v1/orders').json({ data: [], next_cursor: null, cursor: 'd0' });
    await settle();
    expect(heard[0]).toEqual({ kind: 'reset', reason: 'ahead' });
    expect(kinds()).toEqual(['reset', 'snapshot']);
  });

  test('waits as long as it is told', async () => {
    follow({ after: 'c0' });
    await refuseStreams();
    http.last(POLL).problem(429, 'rate_limited', {}, { 'retry-after': '6' });
    await settle(5_900);
    expect(http.to(POLL)).toHaveLength(1);
    await settle(200);
    expect(http.to(POLL)).toHaveLength(2);
  });

  test('a topic that is refused is told so, and the others go on', async () => {
    follow({ after: 'c0' });
    follow({ after: 'c1', topic: 'customer:bob' });
    await refuseStreams();
    http.to(POLL)[1]?.problem(403, 'forbidden');
    http.to(POLL)[0]?.json({ data: [], cursor: 'c2', more: false });
    await settle();
    expect(heard).toEqual([{ kind: 'error', code: 'forbidden', detail: 'forbidden' }, { kind: 'live', missed: 0 }]);
  });

  test('gives up a poll that nobody answers', async () => {
    follow({ after: 'c0' });
    await refuseStreams();
    http.last(POLL).json({ data: [], cursor: 'c2', more: false });
    await settle(45_000);
    expect(http.to(POLL)[1]?.aborted).toBe(true);
    expect(client.status.state).toBe('connecting');
  });
});

test('where nothing answers at all it is offline, and never gives up', async () => {
  http.knows = false;
  follow();
  await refuseSockets();
  http.last('/v1/me').fail();
  await settle();
  expect(client.status).toEqual({ state: 'offline' });
  for (let i = 0; i < 20; i++) {
    await settle(30_000);
    FakeSocket.last.fail();
    await settle();
    http.last('/v1/me').fail();
  }
  expect(FakeSocket.all.length).toBeGreaterThan(15);
  await settle(16_000);
  FakeSocket.last.welcome();
  expect(client.status.state).toBe('replaying');
});

test('a token that is refused is replaced once, and then waited with', async () => {
  http.knows = false;
  follow();
  await refuseSockets();
  http.last('/v1/me').problem(401, 'token_expired');
  await settle();
  FakeSocket.last.fail();
  await settle();
  expect(http.last('/v1/me').token).toBe('Bearer t3');
  http.last('/v1/me').problem(401, 'token_expired');
  await settle();
  expect(client.status.state).toBe('offline');
});
