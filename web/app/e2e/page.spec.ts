/** The page's behaviour in a real browser, against the fake server. */
import { expect, signIn, test } from './fake.ts';

test('asks for a token, takes one from the address, and leaves none there', async ({ page, server }) => {
  await page.goto(server.url);
  await page.getByLabel('Access token').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('missing, bad or expired');
  await signIn(page, server, 'staff');
  expect(page.url()).toBe(`${server.url}/`);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Orders', exact: true })).toBeVisible();
});

test('rows appear, change and move between filters in place', async ({ page, server }) => {
  const { shop } = server;
  const first = shop.createDemo();
  await signIn(page, server, 'staff');
  await page.evaluate(() => document.querySelector('[role=grid]')?.setAttribute('data-same', 'yes'));
  await page.getByRole('button', { name: 'Demo order' }).click();
  await expect(page.getByRole('row', { name: /ORD-10002/ })).toContainText('Pending');
  await expect(page.getByRole('button', { name: 'Pending 2' })).toBeVisible();
  shop.move(first.order_id, 'processing');
  await expect(page.getByRole('row', { name: /ORD-10001/ })).toContainText('Processing');
  await expect(page.getByText('Order #ORD-10001 status updated to processing')).toBeVisible();
  await expect(page.locator('[role=grid][data-same=yes]')).toBeVisible();

  await page.getByRole('button', { name: 'Processing 1' }).click();
  await expect(page.getByRole('row', { name: /ORD-10002/ })).toBeHidden();
  shop.move(first.order_id, 'shipped');
  await expect(page.getByText('No order matches')).toBeVisible();
});

test('an order is moved from pending to delivered', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(page, server, 'staff', `/orders/${order_id}`);
  await page.getByRole('button', { name: 'Start processing' }).click();
  await page.getByRole('button', { name: 'Ship …' }).click();
  await page.getByLabel('Tracking number').fill('RM123GB');
  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('RM123GB');
  await page.getByRole('button', { name: 'Mark as delivered' }).click();
  await expect(page.getByRole('region', { name: 'Timeline' })).toContainText(/Delivered.*Shipped.*tracking.*Processing.*Order placed/s);
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeHidden();
});

test('a command on an order that has moved on is refused, and says what happened', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(page, server, 'staff', `/orders/${order_id}`);
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.route('**/cancel', async (route) => {
    server.shop.move(order_id, 'processing');
    await route.continue();
  });
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  // The change itself is announced as well.
  const refusal = page.getByRole('alert').filter({ hasText: 'Somebody was faster' });
  await expect(refusal).toContainText('Processing');
  await expect(page.getByRole('button', { name: 'Ship …' })).toBeVisible();
});

test('without the server a search says so, an order says why it is not there, and one may try now', async ({ page, server }) => {
  server.shop.createDemo();
  server.shop.createDemo();
  await signIn(page, server, 'staff');
  await expect(page.getByRole('button', { name: 'All 2' })).toBeVisible();
  // The other pages are fetched ahead, with their styles. A module is there when all that it imports is, too.
  for (const part of ['order-states', 'order-page']) {
    const fetched = (kind: string) => page.waitForFunction(
      ([part, kind]) => performance.getEntriesByType('resource').find(({ name }) => name.includes(`/${part}-`) && name.endsWith(kind))?.name,
      [part, kind] as const,
    );
    await fetched('.css');
    const module = await (await fetched('.js')).jsonValue();
    await page.evaluate((module) => import(module ?? ''), module);
  }
  await server.stop();
  await expect(page.getByRole('alert')).toContainText('may be out of date');
  await page.getByLabel('Search orders').fill('nothing');
  await expect(page.getByText('cannot be reached right now')).toBeVisible();
  await page.getByLabel('Search orders').fill('');
  await expect(page.getByRole('button', { name: 'All 2' })).toBeVisible();
  await page.getByRole('link', { name: /ORD-10001/ }).click();
  await expect(page.getByText('cannot be reached right now')).toBeVisible();
  // Whoever asks is told that something is done.
  await page.route('**/v1/me', () => undefined);
  await page.getByRole('button', { name: 'Try now' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Trying …' })).toBeVisible();
  await page.unrouteAll();
  await server.start();
  // It may have come back by itself in the meantime.
  await page.getByRole('button', { name: 'Try now' }).press('Enter', { timeout: 2_000 }).catch(() => undefined);
  await expect(page.getByText('Order placed')).toBeVisible();
  await expect(page.getByText('may be out of date')).toBeHidden();
});

test('a server that was away is caught up with, in one summary', async ({ page, server }) => {
  const { shop } = server;
  const orders = [1, 2, 3].map((n) => shop.createDemo(n));
  await signIn(page, server, 'staff');
  await server.stop();
  await expect(page.getByRole('alert')).toContainText('may be out of date');
  for (const { order_id } of orders) shop.move(order_id, 'processing');
  await server.start();
  await expect(page.getByText('3 orders changed while you were away')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('status updated')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Processing 3' })).toBeVisible();
});

test('a customer sees his own orders only, and may only look', async ({ page, server }) => {
  for (let i = 0; i < 3; i++) server.shop.createDemo(i);
  await signIn(page, server, 'customer');
  await expect(page.getByRole('heading', { name: 'My orders' })).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Demo order' })).toBeHidden();
});
