/** The page for operations, against the fake server. */
import { FakeNode } from '../../client/test/fake-operations.ts';
import { expectAccessible } from './axe.ts';
import { expect, signIn, test } from './fake.ts';

const PATH = '/operations';

test('shows how a node is doing, with the last minutes as charts and as numbers', async ({ page, server }) => {
  const { node } = server.operations;
  node.state.position = 1_204_331;
  node.state.connections = { websocket: 40, sse: 2, long_poll: 1, socketio: 7 };
  node.state.per_second = { log_events: 12.5, appended_events: 6, deliveries: 480 };
  node.state.delivery = { count: 900, p50_ms: 4.2, p95_ms: 18.3, p99_ms: 61 };
  for (let n = 0; n < 30; n++) node.sample(Date.now() - (30 - n) * 2_000);
  await signIn(page, server, 'admin', PATH);
  await expect(page.getByRole('heading', { name: 'Operations' })).toBeVisible();
  const tile = (name: string) => page.locator('dl > div').filter({ has: page.locator('dt', { hasText: name }) });
  await expect(tile('Connections').first()).toContainText('50');
  await expect(tile('Events a second')).toContainText('12.5');
  await expect(tile('From commit to client')).toContainText('18.3 ms');
  await expect(tile('Head of the log')).toContainText('#1,204,331');

  const chart = page.getByRole('region', { name: 'Open connections' });
  await expect(chart.locator('svg.recharts-surface path').first()).toBeAttached();
  await expect(chart.getByRole('listitem').filter({ hasText: 'Socket.IO' })).toContainText('7');
  // What is new is added as it comes.
  node.state.connections = { ...node.state.connections, socketio: 8 };
  node.sample();
  await expect(chart.getByRole('listitem').filter({ hasText: 'Socket.IO' })).toContainText('8');
  await chart.getByText('Numbers').click();
  await expect(chart.getByRole('row')).toHaveCount(16);
  await expect(chart.getByRole('row').nth(1)).toContainText('8');
});

test('a node that answers for another is not mistaken for it', async ({ page, server }) => {
  const { operations } = server;
  const second = new FakeNode('desk-2:8080', '019580aa-0000-7000-8000-0000000000ff');
  operations.node.state.position = 100;
  second.state.position = 7;
  operations.nodes = [operations.node, second];
  await signIn(page, server, 'admin', PATH);
  await expect(page.getByText('#100')).toBeVisible();
  const picker = page.getByLabel('Node', { exact: true });
  await expect(picker).toHaveValue(operations.node.state.node.id);
  await expect(page.getByText('#7')).toBeHidden();
  await picker.selectOption({ label: 'desk-2:8080' });
  await expect(page.getByText('#7')).toBeVisible();
  await expect(page.getByText('#100')).toBeHidden();
});

test('a read that fails is told in its place, and what is old does not look new', async ({ page, server }) => {
  await page.clock.install();
  await signIn(page, server, 'admin', PATH);
  const models = page.getByRole('region', { name: 'Read models' });
  await expect(models.getByRole('listitem')).toHaveCount(3);
  server.operations.broken.add('projections');
  const laterShows = (check: () => Promise<void>) => expect(async () => {
    await page.clock.runFor(4_000);
    await check();
  }).toPass();
  const alert = models.getByRole('alert');
  await laterShows(() => expect(alert).toContainText('cannot be read. The database cannot be reached', { timeout: 500 }));
  await expect(models).toContainText(/from .* ago/);
  await expect(models.getByRole('button', { name: 'Make the order list anew' })).toBeDisabled();
  await expect(page.getByRole('region', { name: 'Parked orders' }).getByRole('alert')).toBeHidden();
  server.operations.broken.clear();
  await laterShows(() => expect(alert).toBeHidden({ timeout: 500 }));
});

test('parked orders are tried again, one and all, and what became of them is said', async ({ page, server }) => {
  const { operations } = server;
  for (let n = 1; n <= 4; n++) operations.park(`019580aa-0000-7000-8000-00000000000${n}`, `ORD-1000${n}`, n === 4 ? 'order_timeline' : 'order_list');
  operations.stillParked.set('019580aa-0000-7000-8000-000000000003', 'still no such status');
  await signIn(page, server, 'admin', PATH);
  const panel = page.getByRole('region', { name: 'Parked orders' });
  const row = (number: string) => panel.getByRole('listitem').filter({ hasText: number });
  await expect(row('ORD-10001')).toContainText('unknown status "lost"');
  await expect(row('ORD-10001').getByRole('link')).toHaveAttribute('href', '/orders/019580aa-0000-7000-8000-000000000001');

  await row('ORD-10001').getByRole('button').click();
  const said = panel.getByRole('status');
  await expect(said).toContainText('ORD-10001 is followed again in the order list.');
  await expect(said).toBeFocused();
  await expect(row('ORD-10001')).toBeHidden();
  await row('ORD-10003').getByRole('button').click();
  await expect(said).toContainText('ORD-10003 is still parked: still no such status');

  await panel.getByRole('button', { name: 'Try all 3 again' }).click();
  await expect(said).toContainText('2 orders are followed again. 1 order is still parked');
  await expect(panel.getByRole('listitem')).toHaveCount(1);
  expect(operations.asked.at(-1)).toBe('019580aa-0000-7000-8000-000000000004 redrive?projection=order_timeline');
});

test('a read model is made anew once that is confirmed, with its progress and its end', async ({ page, server }) => {
  const { operations } = server;
  await signIn(page, server, 'admin', PATH);
  const card = page.getByRole('listitem', { name: 'Order timeline' });
  await card.getByRole('button', { name: 'anew' }).click();
  await page.getByRole('button', { name: 'Leave it' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(operations.asked).toEqual([]);
  await card.getByRole('button', { name: 'anew' }).click();
  await page.getByRole('button', { name: 'Make it anew' }).click();
  await expect(card).toContainText('Emptying the copy that is not in use');
  await expect(card.getByRole('button')).toBeHidden();

  const { rebuild } = operations.projection('order_timeline');
  if (!rebuild) throw new Error('it has not begun');
  Object.assign(rebuild, { phase: 'folding', done: 301_082, total: 1_204_331 });
  await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuetext', '301,082 of 1,204,331 events');
  await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '24');
  Object.assign(rebuild, { phase: 'comparing', done: 90, total: 0 });
  await expect(card).toContainText('90 rows');
  Object.assign(rebuild, { running: false, finished_at: new Date().toISOString(), outcome: 'switched' });
  await expect(card).toContainText('Made anew');
  await expect(card.getByRole('button', { name: 'anew' })).toBeVisible();

  // Somebody else was faster.
  operations.projection('order_list').rebuild = { ...rebuild, running: true, outcome: null };
  await page.getByRole('listitem', { name: 'Order list' }).getByRole('button', { name: 'anew' }).click();
  await page.getByRole('button', { name: 'Make it anew' }).click();
  await expect(page.getByRole('alert')).toContainText('Order list is not made anew. This read model is being rebuilt');
});

test('is for admins only', async ({ page, server }) => {
  await signIn(page, server, 'staff');
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Operations' })).toBeHidden();
  await signIn(page, server, 'staff', PATH);
  await expect(page.getByText('There is nothing here')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, and nothing is wider than the window, ${colorScheme}`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { operations } = server;
    operations.node.state.waiting = 3;
    operations.node.state.delivery = { count: 3, p50_ms: 4, p95_ms: 9, p99_ms: 12 };
    for (let n = 0; n < 5; n++) operations.node.sample();
    operations.park('019580aa-0000-7000-8000-000000000001', 'ORD-10001');
    operations.projection('order_list').stopped_because = 'the log has an event that only a newer build knows';
    operations.projection('order_timeline').rebuild = { running: true, phase: 'folding', done: 3, total: 9, started_at: new Date().toISOString(), finished_at: null, outcome: null };
    await signIn(page, server, 'admin', PATH);
    await expect(page.getByText('Reading the log …')).toBeVisible();
    await expect(page.getByText('ORD-10001')).toBeVisible();
    await page.getByText('Numbers', { exact: true }).first().click();
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
    await expectAccessible(page);
  });
}
