import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FAIR, Network } from './network.ts';

/** The far end of a socket. */
class Far {
  static all: Far[] = [];
  readyState = 0;
  sent: string[] = [];
  closed: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;

  constructor() {
    Far.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code: number): void {
    this.closed = code;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
}

function setUp(answer: () => Response = () => new Response('{}')) {
  const seen: string[] = [];
  const network = new Network({
    message: (direction, text) => seen.push(`${direction} ${text}`),
    line: (direction, type) => seen.push(`${direction} ${type}`),
    held: () => undefined,
  }, { WebSocket: Far as unknown as typeof WebSocket, fetch: () => Promise.resolve(answer()) });
  const heard: string[] = [];
  const socket = new network.WebSocket('ws://shop.example/v1/ws', 'waybill.v1.json');
  socket.onopen = () => heard.push('open');
  socket.onmessage = ({ data }) => heard.push(String(data));
  socket.onclose = ({ code }) => heard.push(`closed ${code}`);
  const far = Far.all.at(-1);
  if (!far) throw new Error('no socket was opened');
  return { network, seen, heard, socket, far };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a fair network passes everything at once, and shows it', () => {
  const { seen, heard, socket, far } = setUp();
  far.open();
  socket.send('a');
  far.onmessage?.({ data: 'b' });
  far.onclose?.({ code: 4100, reason: '' });
  expect(heard).toEqual(['open', 'b', 'closed 4100']);
  expect(far.sent).toEqual(['a']);
  expect(seen).toEqual(['note WebSocket open', 'out a', 'in b', 'note WebSocket closed, 4100']);
});

test('a slow network keeps the order, the delay and the gap', () => {
  const { network, heard, socket, far } = setUp();
  far.open();
  network.setWeather({ incoming: { delayMs: 100, gapMs: 50 }, outgoing: { delayMs: 30, gapMs: 0 } });
  far.onmessage?.({ data: '1' });
  far.onmessage?.({ data: '2' });
  socket.send('a');
  expect(network.incoming.length).toBe(2);
  vi.advanceTimersByTime(30);
  expect(far.sent).toEqual(['a']);
  vi.advanceTimersByTime(69);
  expect(heard).toEqual(['open']);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['open', '1']);
  vi.advanceTimersByTime(50);
  expect(heard).toEqual(['open', '1', '2']);
  network.setWeather(FAIR);
  far.onmessage?.({ data: '3' });
  vi.advanceTimersByTime(0);
  expect(heard.at(-1)).toBe('3');
});

test('whoever reads nothing hears everything later', () => {
  const { network, heard, far } = setUp();
  far.open();
  network.deafen(5_000);
  far.onmessage?.({ data: '1' });
  vi.advanceTimersByTime(4_999);
  expect(heard).toEqual(['open']);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(['open', '1']);
});

test('a cut is told to this end alone, and what was on its way is lost', () => {
  const { network, heard, far } = setUp();
  far.open();
  network.setWeather({ ...FAIR, incoming: { delayMs: 100, gapMs: 0 } });
  far.onmessage?.({ data: 'lost' });
  network.drop(0);
  expect(heard).toEqual(['open', 'closed 1006']);
  expect(far.closed).toBeUndefined();
  vi.advanceTimersByTime(119_000);
  expect([heard.length, far.closed]).toEqual([2, undefined]);
  vi.advanceTimersByTime(1_000);
  expect(far.closed).toBe(1000);
});

test('while it refuses, no connection comes about and no request is answered', async () => {
  const { network } = setUp();
  network.drop(1_000);
  const closed: number[] = [];
  const before = Far.all.length;
  const socket = new network.WebSocket('ws://shop.example/v1/ws');
  socket.onclose = ({ code }) => closed.push(code);
  await vi.advanceTimersByTimeAsync(0);
  expect([closed, Far.all.length]).toEqual([[1006], before]);
  await expect(network.fetch('http://shop.example/v1/me')).rejects.toThrow('cut');
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await network.fetch('http://shop.example/v1/me')).status).toBe(200);
});

test('an event stream is handed on as it is read, and not read while it is to be left alone', async () => {
  let pulled = 0;
  const blocks = ['event: live\ndata: {"cursor":"c1"}\n\n', ': keep-alive\n\n'];
  const stream = () => new Response(new ReadableStream<Uint8Array>({
    pull(controller) {
      const block = blocks[pulled++];
      if (block === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(block));
    },
  }, { highWaterMark: 0 }), { headers: { 'content-type': 'text/event-stream' } });
  const { network, seen } = setUp(stream);
  const response = await network.fetch('http://shop.example/v1/events/stream?topic=orders');
  network.deafen(1_000);
  const text = response.text();
  await vi.advanceTimersByTimeAsync(999);
  expect(pulled).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(await text).toBe(blocks.join(''));
  expect(seen).toEqual(['out GET /v1/events/stream', 'in 200 stream', 'note reads nothing for 1 s', 'in event live', 'in keep-alive']);
});
