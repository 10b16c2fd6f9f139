/** Tabs of one browser, against the fake server. */
import { expect, signIn, test } from './fake.ts';

test('two tabs share one socket, and one goes on where the other is closed', async ({ context, page: first, server }) => {
  const { shop } = server;
  await signIn(first, server, 'staff');
  const second = await context.newPage();
  await signIn(second, server, 'staff');
  expect(server.openSockets).toBe(1);
  shop.createDemo();
  for (const page of [first, second]) await expect(page.getByRole('row', { name: /ORD-10001/ })).toBeVisible();

  // The first has the connection; what happens around its end is neither lost nor shown twice.
  await second.bringToFront();
  const closing = first.close();
  const { order_id } = shop.createDemo();
  await closing;
  shop.move(order_id, 'processing');
  await expect(second.getByRole('row', { name: /ORD-10002/ })).toContainText('Processing');
  await expect(second.getByRole('button', { name: 'All 2' })).toBeVisible();
  await expect(second.getByRole('button', { name: 'Processing 1' })).toBeVisible();
  await expect(second.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
  expect(server.openSockets).toBe(1);
});

test('tabs of different people share nothing', async ({ context, page: staff, server }) => {
  server.shop.createDemo(0);
  await signIn(staff, server, 'staff');
  const customer = await context.newPage();
  await signIn(customer, server, 'customer');
  expect(server.openSockets).toBe(2);
  await expect(staff.getByRole('heading', { name: 'Orders', exact: true })).toBeVisible();
  await expect(customer.getByRole('heading', { name: 'My orders' })).toBeVisible();
});

test('a tab in the background does not leave the others without a connection when the server was away', async ({ context, page: first, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(first, server, 'staff');
  const second = await context.newPage();
  await signIn(second, server, 'staff');
  await expect(second.getByRole('row', { name: /ORD-10001/ })).toBeVisible();
  await server.stop();
  await expect(second.getByRole('alert')).toContainText('may be out of date');
  server.shop.move(order_id, 'processing');
  await server.start();
  for (const page of [first, second]) {
    await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible({ timeout: 40_000 });
    await expect(page.getByRole('row', { name: /ORD-10001/ })).toContainText('Processing');
  }
  expect(server.openSockets).toBe(1);
});
