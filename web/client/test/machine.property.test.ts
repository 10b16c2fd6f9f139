import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Transport } from '../src/index.ts';
import { World } from './world.ts';

type Act = (world: World) => void;

const timer = fc.constantFrom('retry', 'silence', 'probe', 'resume').map((name): Act => (w) => w.fire(name));
const act = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c').map((order): Act => (w) => w.append(order)) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }).map((n): Act => (w) => w.deliver(n)) },
  { weight: 2, arbitrary: fc.constant<Act>((w) => w.duplicate()) },
  { weight: 1, arbitrary: fc.constant<Act>((w) => w.swap()) },
  { weight: 2, arbitrary: fc.constantFrom(1006, 4100, 4101, 4103, 4120).map((code): Act => (w) => w.dropAll(code, true)) },
  { weight: 1, arbitrary: fc.constant<Act>((w) => w.dropAll(1006, false)) },
  { weight: 2, arbitrary: fc.constant<Act>((w) => w.deliverLate()) },
  { weight: 5, arbitrary: timer },
  { weight: 1, arbitrary: fc.boolean().map((warned): Act => (w) => w.expire(warned)) },
  { weight: 2, arbitrary: fc.boolean().map((blocked): Act => (w) => void (w.socketsBlocked = blocked)) },
  { weight: 1, arbitrary: fc.boolean().map((blocked): Act => (w) => void (w.streamsBlocked = blocked)) },
  { weight: 1, arbitrary: fc.boolean().map((down): Act => (w) => void (w.networkDown = down)) },
  { weight: 2, arbitrary: fc.constantFrom('wake', 'retry', 'offline').map((type): Act => (w) => w.tell({ type })) },
  { weight: 1, arbitrary: fc.nat(5).map((keep): Act => (w) => w.restore(Math.min(keep, w.log.length))) },
  { weight: 1, arbitrary: fc.constantFrom('ada', 'bob').map((subject): Act => (w) => void (w.subject = subject)) },
  { weight: 1, arbitrary: fc.constantFrom('orders', 'order:a').map((topic): Act => (w) => w.follow(topic, true)) },
);

/** Every check of a single delivery is the world's; here is what must hold once everything works again. */
function expectCaughtUp(world: World): void {
  expect(world.machine.told).toEqual({ state: 'live', transport: 'websocket' });
  for (const { follower } of world.followers.values()) expect(follower.missing()).toEqual([]);
}

test('whatever is lost, repeated or reset, each subscriber gets each event once and in order', () => {
  const used = new Set<Transport>();
  fc.assert(
    fc.property(fc.array(act, { maxLength: 150, size: 'max' }), (acts) => {
      const world = new World();
      world.follow('orders', true);
      world.follow('order:b', true);
      world.follow('orders', false);
      world.tell({ type: 'start' });
      for (const act of acts) act(world);
      world.heal();
      expectCaughtUp(world);
      for (const transport of world.used) used.add(transport);
    }),
    { numRuns: 1_500 },
  );
  expect([...used].sort()).toEqual(['poll', 'sse', 'websocket']);
});

test('a follower that is cut 200 times while events flow misses none', () => {
  const world = new World();
  world.follow('orders', false);
  world.tell({ type: 'start' });
  for (let i = 0; i < 200; i++) {
    world.deliver(3);
    world.append('abc'.charAt(i % 3));
    world.dropAll(1006, true);
    world.fire('retry');
    world.deliverLate();
  }
  world.heal();
  expect(world.followers.get(1)?.follower.delivered).toBe(200);
});
