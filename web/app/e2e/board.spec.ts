/** The order board, against the fake server. */
import type { Page } from '@playwright/test';
import { expect, signIn, test } from './fake.ts';

const row = (page: Page, name: RegExp | string) => page.getByRole('row', { name });
const rows = (page: Page) => page.locator('[role=row][data-index]');

test('the address says what is shown, and what is shown goes into the address', async ({ page, server }) => {
  const { shop } = server;
  for (let i = 0; i < 30; i++) shop.createDemo(i);
  const [first, second] = [...shop.orders.keys()];
  shop.move(first ?? '', 'processing');
  shop.cancel(second ?? '', 'fraud');
  await signIn(page, server, 'staff');
  await page.getByRole('button', { name: 'Processing 1' }).click();
  await page.getByRole('button', { name: 'Cancelled 1' }).click();
  await expect(page).toHaveURL(/\?status=processing,cancelled$/);
  await expect(rows(page)).toHaveCount(2);
  await page.getByLabel('Search orders').fill('ord-10002');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/status=processing,cancelled&q=ord-10002$/);
  await page.getByLabel('Search orders').fill('ord-1000');
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Total' }).click();
  await expect(page).toHaveURL(/q=ord-1000&sort=-total$/);
  await expect(page.getByRole('columnheader', { name: 'Total' })).toHaveAttribute('aria-sort', 'descending');
  // What was typed is one view; each choice is another.
  await page.goBack();
  await expect(page).toHaveURL(/q=ord-1000$/);
  await page.goBack();
  await expect(page).toHaveURL(/status=processing$/);
  await expect(page.getByLabel('Search orders')).toHaveValue('');
  await expect(rows(page)).toHaveCount(1);

  // Somebody else opens it; a part of it means nothing.
  await page.goto('about:blank');
  await page.goto(`${server.url}/?status=cancelled,lost&customer=customer-1&q=ord&sort=total&from=2026-03-02&to=2026-13-01`);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Cancelled' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByLabel('Customer')).toHaveValue('customer-1');
  await expect(page.getByLabel('Placed from')).toHaveValue('2026-03-02');
  await expect(page.getByLabel('Sort')).toHaveValue('total');
  await expect(page.getByRole('alert')).toContainText('status=lost, to=2026-13-01');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/\?sort=total$/);
  await expect(page.getByRole('alert')).toBeHidden();
});

test('a hundred thousand orders are scrolled through with a page full of them in the document', async ({ page, server }) => {
  const { shop } = server;
  for (let i = 0; i < 100_000; i++) shop.createDemo(i);
  await page.setViewportSize({ width: 1440, height: 900 });
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/v1/orders?') ? 1 : 0));
  await signIn(page, server, 'staff');
  await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '100001');
  await expect(row(page, /ORD-110000/)).toBeVisible();
  // The scroll bar is as long as the list.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  expect(height).toBeGreaterThan(100_000 * 40);
  for (let y = 0; y <= 60_000; y += 6_000) {
    await page.mouse.wheel(0, 6_000);
    await expect(rows(page).first()).toBeVisible();
    expect(await page.locator('[role=row]').count()).toBeLessThan(80);
  }
  // What is looked at is what stands there.
  const shown = await rows(page).evaluateAll((all) => all.map((one) => [Number(one.getAttribute('aria-rowindex')), one.textContent] as const));
  for (const [index, text] of shown) expect(text).toContain(`ORD-${110_002 - index}`);
  // Far off there is nothing yet, and it is said how far it is; from the other end it is near.
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await expect(page.getByText(/Reading on to here: [\d,]+ of 100,000/)).toBeVisible();
  await page.getByRole('button', { name: 'Begin at the other end' }).click();
  await expect(page).toHaveURL(/sort=placed_at$/);
  await expect(row(page, /ORD-10001\b/)).toBeVisible();
  expect(asked).toBeLessThan(100);
});

test('what is read stays where it is when orders come above it', async ({ page, server }) => {
  const { shop } = server;
  for (let i = 0; i < 300; i++) shop.createDemo(i);
  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, server, 'staff');
  await page.mouse.move(600, 600);
  await page.mouse.wheel(0, 3_000);
  const looked = row(page, /ORD-10240/);
  await expect(looked).toBeVisible();
  const before = await looked.boundingBox();
  for (let i = 0; i < 3; i++) shop.createDemo();
  await expect(page.getByRole('button', { name: '3 orders came above' })).toBeVisible();
  expect(Math.abs(((await looked.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(2);
  await page.getByRole('button', { name: '3 orders came above' }).click();
  await expect(row(page, /ORD-10303/)).toBeVisible();
  shop.createDemo();
  await expect(row(page, /ORD-10304/)).toBeInViewport();
});

test('the keyboard goes through the list, ticks, opens, and comes back', async ({ page, server }) => {
  for (let i = 0; i < 40; i++) server.shop.createDemo(i);
  await signIn(page, server, 'staff');
  await expect(row(page, /ORD-10040/)).toBeVisible();
  await page.keyboard.press('j');
  await expect(row(page, /ORD-10040/)).toBeFocused();
  for (const key of ['j', 'ArrowDown', 'k']) await page.keyboard.press(key);
  await expect(row(page, /ORD-10039/)).toBeFocused();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByRole('row', { selected: true })).toHaveCount(3);
  // The focus follows the order, not the place.
  server.shop.createDemo();
  await expect(row(page, /ORD-10041/)).toBeVisible();
  await expect(row(page, /ORD-10037/)).toBeFocused();
  await page.keyboard.press('End');
  await expect(row(page, /ORD-10001\b/)).toBeFocused();
  await expect(row(page, /ORD-10001\b/)).toBeInViewport();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'ORD-10041' })).toBeVisible();
});
