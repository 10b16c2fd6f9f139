import type { Client, Delivery } from '@waybill/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FiguresFeed } from './figures-feed.ts';

const RANGE = '/v1/analytics?by=day';

/** A server that takes `ms` for an answer and gives `status`, and what it was asked for. */
function world() {
  const world = { ms: 10, status: 200, code: 'read_behind', asked: [] as string[] };
  const fetch = (path: string, init?: RequestInit) => {
    world.asked.push(path);
    const { status, code } = world;
    return new Promise<Response>((resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')));
      const body = status === 200 ? { nth: world.asked.length } : { status, code, detail: `It is ${code}.` };
      setTimeout(() => resolve(new Response(JSON.stringify(body), { status })), world.ms);
    });
  };
  return Object.assign(world, { feed: new FiguresFeed({ fetch } as unknown as Client) });
}

const event = (cursor: string) => ({ kind: 'event', event: { cursor } }) as unknown as Delivery;

describe('figures that are kept up', () => {
  const sight = { hidden: false, seen: () => undefined as unknown };
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', {
      get hidden() { return sight.hidden; },
      addEventListener: (_: string, listener: () => void) => (sight.seen = listener),
      removeEventListener: () => undefined,
    });
  });
  afterEach(() => {
    sight.hidden = false;
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('are read again once a second at most, and of what was heard last', async () => {
    const { feed, asked } = world();
    feed.ask(RANGE);
    for (let nth = 1; nth <= 50; nth++) {
      await vi.advanceTimersByTimeAsync(100);
      feed.hear(event(`c${nth}`));
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.length).toBeLessThanOrEqual(7);
    expect([asked[0], asked.at(-1)]).toEqual([RANGE, `${RANGE}&min_position=c50`]);
    expect(feed.get()).toMatchObject({ behind: false, error: null });
  });

  it('are read more seldom from a server that is slow, and by one request at a time', async () => {
    const one = world();
    one.ms = 2_000;
    one.feed.ask(RANGE);
    for (let nth = 1; nth <= 150; nth++) {
      await vi.advanceTimersByTimeAsync(100);
      one.feed.hear(event(`c${nth}`));
    }
    expect(one.asked).toHaveLength(2);
    expect(one.feed.get().behind).toBe(true);
  });

  it('wait while nobody looks', async () => {
    const { feed, asked } = world();
    feed.ask(RANGE);
    await vi.advanceTimersByTimeAsync(2_000);
    sight.hidden = true;
    feed.hear(event('c1'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    sight.hidden = false;
    sight.seen();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveLength(2);
  });

  it('stay as they were while they cannot be read, and come back', async () => {
    const one = world();
    one.feed.ask(RANGE);
    await vi.advanceTimersByTimeAsync(2_000);
    one.status = 503;
    one.feed.hear(event('c1'));
    await vi.advanceTimersByTimeAsync(100);
    expect(one.feed.get()).toMatchObject({ figures: { nth: 1 }, error: 'It is read_behind.', retrying: true, behind: true });
    one.status = 200;
    await vi.advanceTimersByTimeAsync(3_100);
    expect(one.feed.get()).toMatchObject({ figures: { nth: 3 }, error: null, behind: false });
  });

  it('are not asked for again where the answer would be the same', async () => {
    const one = world();
    Object.assign(one, { status: 403, code: 'forbidden' });
    one.feed.ask(RANGE);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.asked).toHaveLength(1);
    expect(one.feed.get()).toMatchObject({ figures: null, error: 'It is forbidden.', retrying: false });
  });

  it('forget a cursor of another life of the log', async () => {
    const one = world();
    one.feed.ask(RANGE);
    await vi.advanceTimersByTimeAsync(2_000);
    Object.assign(one, { status: 410, code: 'cursor_reset' });
    one.feed.hear(event('c1'));
    await vi.advanceTimersByTimeAsync(100);
    one.status = 200;
    await vi.advanceTimersByTimeAsync(3_100);
    expect(one.asked).toEqual([RANGE, `${RANGE}&min_position=c1`, RANGE]);
  });

  it('are those of the days that were asked for last', async () => {
    const { feed, asked } = world();
    feed.ask(RANGE);
    feed.ask(`${RANGE}&from=2026-01-01`);
    await vi.advanceTimersByTimeAsync(1);
    // That the first answer is not waited for is no failure.
    expect(feed.get().error).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toHaveLength(2);
    expect(feed.get()).toMatchObject({ path: `${RANGE}&from=2026-01-01`, figures: { nth: 2 } });
    feed.stop();
    feed.hear(event('c1'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(2);
  });
});
