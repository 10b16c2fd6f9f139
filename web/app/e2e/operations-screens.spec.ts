/** Pictures of the page for operations, in test-results/screens. Run with SCREENS=1. */
import { expect, signIn, test } from './fake.ts';

test.skip(!process.env['SCREENS'], 'only when asked for');

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1440]) {
    test(`operations, ${colorScheme} at ${width}`, async ({ page, server }) => {
      const shot = (name: string) => page.screenshot({ path: `test-results/screens/operations-${name}-${width}-${colorScheme}.png`, fullPage: true });
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      await page.emulateMedia({ colorScheme });
      await signIn(page, server, 'admin', '/operations');
      await expect(page.getByText('None: every read model')).toBeVisible();
      await shot('empty');

      const { operations } = server;
      const { state } = operations.node;
      state.position = 1_204_331;
      for (let n = 0; n < 300; n++) {
        const wave = Math.sin(n / 20) + Math.sin(n / 7) / 3;
        const ms = 4 + 3 * Math.abs(wave) + (n > 200 && n < 215 ? 120 : 0);
        state.connections = { websocket: Math.round(4_200 + 300 * wave), sse: 310, long_poll: 24, socketio: Math.round(1_900 - n) };
        state.per_second = { log_events: 42 + 20 * wave, appended_events: 21 + 10 * wave, deliveries: 2_400 + 900 * wave };
        state.delivery = n % 50 === 0 ? { count: 0, p50_ms: null, p95_ms: null, p99_ms: null } : { count: 4_800, p50_ms: ms, p95_ms: ms * 3, p99_ms: ms * 5 };
        operations.node.sample(Date.now() - (300 - n) * 2_000);
      }
      Object.assign(state, { waiting: 12, subscriptions: 9_120, delivery: { count: 9_000, p50_ms: 6.4, p95_ms: 21.9, p99_ms: 48 } });
      state.append = { count: 600, p50_ms: 2.1, p95_ms: 6.3, p99_ms: 9 };
      for (let n = 1; n <= 3; n++) operations.park(`019580aa-0000-7000-8000-00000000000${n}`, `ORD-1000${n}`);
      Object.assign(operations.projection('order_list'), { position: 1_204_120, lag_events: 211, lag_seconds: 4.2 });
      const rebuild = { running: true, phase: 'folding', done: 301_082, total: 1_204_331, started_at: new Date().toISOString(), finished_at: null, outcome: null };
      operations.projection('order_timeline').rebuild = rebuild;
      Object.assign(operations.projection('order_analytics'), {
        position: 900_120, lag_events: 304_211, lag_seconds: 7_240, stopped_because: 'position 900121 has OrderCompleted 2.0, which only a newer build can read',
        rebuild: { ...rebuild, running: false, finished_at: new Date(Date.now() - 3_600_000).toISOString(), outcome: 'the rebuild lost its lease' },
      });
      await page.reload();
      await expect(page.getByText('ORD-10003')).toBeVisible();
      await page.waitForTimeout(3_000);
      await shot('busy');

      operations.broken.add('node').add('projections').add('parked');
      await expect(page.getByText('cannot be read').first()).toBeVisible({ timeout: 20_000 });
      await page.waitForTimeout(9_000);
      await shot('broken');
    });
  }
}
