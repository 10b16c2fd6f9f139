/** Figures: what the page adds up, shows, keeps up, and says when it cannot. */
import AxeBuilder from '@axe-core/playwright';
import type { ElementHandle, Page } from '@playwright/test';
import type { FakeServer } from '../../client/test/fake-server.ts';
import { expect, signIn, test } from './fake.ts';

const DAYS = '/analytics?from=2026-02-25&to=2026-03-04';

/** Orders of three days in two currencies, some of them moved and some called off. */
function fill(server: FakeServer, count = 24): void {
  const { shop } = server;
  for (let i = 0; i < count; i++) {
    const { order_id } = shop.createDemo(i);
    shop.advance(1_800_000);
    if (i % 4 > 0) shop.move(order_id, 'processing');
    if (i % 4 > 1) shop.move(order_id, 'shipped');
    if (i % 4 > 2) shop.move(order_id, 'delivered');
    if (i % 8 === 1) shop.cancel(order_id, i % 16 === 1 ? 'fraud' : 'inventory');
    shop.advance(7_200_000);
  }
}

const tile = (page: Page, name: string) => page.getByRole('definition').and(page.locator(`dt:text-is("${name}") + dd`));

test('adds up, follows what happens, and asks once a second at most', async ({ page, server }) => {
  fill(server);
  const reads: URL[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/v1/analytics') reads.push(url);
  });
  await signIn(page, server, 'staff', DAYS);
  await expect(tile(page, 'Orders')).toHaveText('24');
  await expect(tile(page, 'Of them cancelled')).toHaveText('3 12.5%');
  await expect(page.getByRole('img', { name: /^Orders by day: 24 orders, most of them/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Revenue by day: €/ })).toBeVisible();
  const times = page.getByRole('table', { name: 'Time in each status' });
  await expect(times.getByRole('row', { name: /Pending/ })).toContainText('30 min');
  const reasons = page.getByRole('table', { name: 'Cancellations by reason' });
  await expect(reasons.getByRole('row', { name: /Suspected fraud/ })).toContainText('2');

  const before = reads.length;
  const chart = await page.getByRole('img', { name: /^Orders by day/ }).elementHandle() as ElementHandle;
  for (let i = 0; i < 40; i++) server.shop.createDemo(i);
  await expect(tile(page, 'Orders')).toHaveText('64');
  await expect(page.getByText(/^Live: last read at/)).toBeVisible();
  // Forty orders at once are read once or twice, and of what was heard. What was heard last depends on when the page was
  // told; it may also have read on by itself, because an answer said that it lacked something.
  expect(reads.length - before).toBeLessThan(4);
  expect(reads.slice(before).some(({ searchParams }) => /^c\d+$/.test(searchParams.get('min_position') ?? ''))).toBe(true);
  // The chart is the same one, changed.
  expect(await chart.isVisible()).toBe(true);
});

test('keeps days, unit, currency and form in the address', async ({ page, server }) => {
  fill(server);
  await signIn(page, server, 'staff', `${DAYS}&as=table`);
  const table = page.getByRole('table', { name: 'Orders and revenue by day' });
  await expect(table.getByRole('row')).toHaveCount(9);
  await page.getByLabel('Revenue in').selectOption('GBP');
  await expect(page).toHaveURL(/currency=GBP/);
  await expect(table.getByRole('columnheader', { name: 'Revenue, GBP' })).toBeVisible();
  await page.getByText('Hour', { exact: true }).click();
  await expect(page).toHaveURL(/by=hour/);
  await expect(page.getByRole('table', { name: 'Orders and revenue by hour' }).getByRole('row')).toHaveCount(8 * 24 + 1);
  await page.getByLabel('First day').fill('2026-03-05');
  await expect(page.getByText('Choose a first day that is not after the last.')).toBeVisible();
  await page.getByLabel('Last day').fill('2026-03-05');
  await expect(page.getByText('No orders were placed in these days')).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('table', { name: 'Orders and revenue by hour' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Revenue, GBP' })).toBeVisible();
});

test('never lets what is old look fresh, and comes back by itself', async ({ page, server }) => {
  fill(server);
  server.shop.parked = 2;
  await signIn(page, server, 'staff', DAYS);
  await expect(page.getByText('2 orders could not be followed')).toBeVisible();
  server.figuresProblem = [503, { status: 503, code: 'read_behind', title: 'Behind', detail: 'What is read has not come as far.' }];
  server.shop.createDemo();
  await expect(page.getByRole('alert').filter({ hasText: 'could not be read again' })).toBeVisible();
  await expect(page.getByText(/^Not kept up: as of/)).toBeVisible();
  await expect(tile(page, 'Orders')).toHaveText('24');
  server.figuresProblem = null;
  await expect(tile(page, 'Orders')).toHaveText('25');
  await server.stop();
  await expect(page.getByText(/^Not kept up: as of/)).toBeVisible();
  server.shop.createDemo();
  await server.start();
  await expect(tile(page, 'Orders')).toHaveText('26');
  await expect(page.getByText(/^Live: last read at/)).toBeVisible();
});

test('is for staff only', async ({ page, server }) => {
  await signIn(page, server, 'customer', '/analytics');
  await expect(page.getByRole('heading', { name: 'Analytics' })).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ page, server }) => {
    fill(server);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const form of ['', '&as=table']) {
      await page.goto('about:blank');
      await signIn(page, server, 'staff', DAYS + form);
      await expect(tile(page, 'Orders')).toHaveText('24');
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wider).toBe(0);
    }
  });
}

/** For people to look at, as in screens.spec.ts. */
for (const width of [360, 1440]) {
  test(`pictures at ${width}`, async ({ page, server }) => {
    test.skip(!process.env['SCREENS'], 'only when asked for');
    const shot = (name: string) => page.screenshot({ path: `test-results/screens/analytics-${name}-${width}.png`, fullPage: true });
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await signIn(page, server, 'staff', DAYS);
    await expect(page.getByText('No orders were placed in these days')).toBeVisible();
    await shot('empty');
    fill(server, 90);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, path] of [['day', '/analytics?from=2026-02-20&to=2026-03-12'], ['hour', '/analytics?by=hour&from=2026-03-02&to=2026-03-09'], ['table', `${DAYS}&as=table`]] as const) {
        await page.goto('about:blank');
        await signIn(page, server, 'staff', path);
        await expect(tile(page, 'Orders')).toBeVisible();
        await shot(`${name}-${colorScheme}`);
      }
    }
    await server.stop();
    await expect(page.getByText(/^Not kept up/)).toBeVisible();
    await shot('offline');
    await server.start();
    server.figuresProblem = [503, { status: 503, code: 'unavailable', title: 'Away', detail: 'The database is away.' }];
    await page.goto('about:blank');
    await signIn(page, server, 'staff', DAYS);
    await expect(page.getByRole('alert')).toBeVisible();
    await shot('broken');
  });
}

test('times of many days fit a phone', async ({ page, server }) => {
  const { shop } = server;
  const { order_id } = shop.createDemo();
  for (const to of ['processing', 'shipped', 'delivered'] as const) {
    shop.advance(6 * 86_400_000 + 22 * 3_600_000);
    shop.move(order_id, to);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, server, 'staff', '/analytics?from=2026-02-25&to=2026-04-01');
  await expect(page.getByRole('table', { name: 'Time in each status' })).toContainText('6 days 22 h');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
});
