/** Whoever holds a tracking link and has no account. */
import { expect, test } from './fake.ts';

const tokenFor = (order: string) => `e30.${Buffer.from(JSON.stringify({ order })).toString('base64url')}.c2ln`;

test('a tracking link shows its order, live, and does not stay in the address', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  server.shop.move(order_id, 'processing');
  server.links.set(tokenFor(order_id), order_id);
  await page.goto(`${server.url}/track#${tokenFor(order_id)}`);
  await expect(page.getByRole('heading', { name: 'ORD-10001' })).toBeVisible();
  expect(page.url()).toBe(`${server.url}/track`);
  await expect(page.getByText('Blue enamel mug')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('Leeds');
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText(/Processing.*Order placed/s);
  server.shop.move(order_id, 'shipped', { tracking: { number: 'RM123GB' } });
  await expect(timeline).toContainText(/Shipped.*tracking.*Processing.*Order placed/s);
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('RM123GB');
  await expect(page.getByText(/NaN|undefined/)).toBeHidden();
  await expect(page.getByRole('alert')).toBeHidden();
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/guest-${width}.png`, fullPage: true });
  }
  await page.reload();
  await expect(timeline).toContainText('Shipped');

  // A link that does not hold, and one that is none, in the same tab.
  await page.goto(`${server.url}/track#${tokenFor('019580aa-0000-7000-8000-000000000009')}`);
  await expect(page.getByRole('alert').filter({ hasText: 'expired or is not valid' })).toBeVisible();
  await page.goto(`${server.url}/track#nothing`);
  await expect(page.getByRole('alert').filter({ hasText: 'not a whole tracking link' })).toBeVisible();
  expect(page.url()).toBe(`${server.url}/track`);
  await expect(page.getByLabel('Access token')).toBeHidden();
});
