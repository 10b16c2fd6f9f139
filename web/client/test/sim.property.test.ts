/** Whole clients against a simulated server: every transport for real, in fake time. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Client, createClient, type Transport } from '../src/index.ts';
import { Follower } from './follower.ts';
import { NOWHERE, seeded, SimServer } from './sim-server.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class World {
  readonly server: SimServer;
  readonly client: Client;
  readonly followers: Follower[] = [];
  readonly faults: unknown[] = [];
  readonly used = new Set<Transport>();
  private tokens = 0;

  constructor(seed: number) {
    this.server = new SimServer(seed);
    this.login();
    this.client = createClient({
      url: 'http://shop.test', token: () => `t${this.tokens}`, random: seeded(seed), ...this.server.via(NOWHERE),
    });
    this.client.onStatus(() => {
      const { transport } = this.client.status;
      if (transport) this.used.add(transport);
    });
  }

  login(): void {
    this.server.accounts.set(`t${++this.tokens}`, { subject: 'ada', session: 's' });
  }

  expire(): void {
    const old = `t${this.tokens}`;
    this.login();
    this.server.expire(old);
  }

  follow(topic: string, snapshot: boolean): void {
    const { server } = this;
    const at = snapshot ? null : server.log.length;
    const follower = new Follower(server, topic, at);
    this.followers.push(follower);
    this.client.subscribe({ topic, ...(at !== null && { after: `${server.epoch}:${at}` }) }, (delivery) => {
      try {
        follower.hear(delivery);
      } catch (error) {
        this.faults.push(error);
      }
    });
  }
}

type Act = (world: World) => void;
const act = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c').map((order): Act => ({ server }) => server.append(order)) },
  { weight: 3, arbitrary: fc.constantFrom(1006, 4100, 4101).map((code): Act => ({ server }) => server.cut(code)) },
  { weight: 2, arbitrary: fc.boolean().map((blocked): Act => ({ server }) => void (server.blocked.websocket = blocked)) },
  { weight: 1, arbitrary: fc.boolean().map((blocked): Act => ({ server }) => void (server.blocked.sse = blocked)) },
  { weight: 1, arbitrary: fc.boolean().map((down): Act => ({ server }) => {
    server.down = down;
    if (down) server.cut();
  }) },
  { weight: 1, arbitrary: fc.constant<Act>((world) => world.expire()) },
  { weight: 1, arbitrary: fc.nat(3).map((lost): Act => ({ server }) => server.restore(Math.max(0, server.log.length - lost))) },
  { weight: 1, arbitrary: fc.constant<Act>(({ client }) => client.retryNow()) },
  { weight: 1, arbitrary: fc.constantFrom('orders', 'order:a').map((topic): Act => (world) => world.follow(topic, false)) },
);
const pause = fc.oneof({ weight: 8, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(30_000) });

test('over every transport, each event comes once and in order, and the state is the server’s in the end', async () => {
  const used = new Set<Transport>();
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(fc.tuple(pause, act), { maxLength: 60, size: 'max' }), async (seed, acts) => {
      const world = new World(seed);
      const { server, client } = world;
      world.follow('orders', true);
      world.follow('orders', false);
      for (const [ms, act] of acts) {
        await vi.advanceTimersByTimeAsync(ms);
        act(world);
      }
      server.down = server.blocked.websocket = server.blocked.sse = false;
      await vi.advanceTimersByTimeAsync(180_000);
      expect(world.faults).toEqual([]);
      expect(world.followers.flatMap((follower) => follower.missing())).toEqual([]);
      expect(client.status).toEqual({ state: 'live', transport: 'websocket' });
      client.stop();
      await vi.advanceTimersByTimeAsync(60_000);
      expect([...server.lines]).toEqual([]);
      for (const transport of world.used) used.add(transport);
    }),
    { numRuns: 60 },
  );
  expect([...used].sort()).toEqual(['poll', 'sse', 'websocket']);
}, 60_000);
