/** The order board, against the fake server. */
import { readFileSync } from 'node:fs';
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
  for (let y = 0; y <= 36_000; y += 6_000) {
    await page.mouse.wheel(0, 6_000);
    await expect(rows(page).first()).toBeVisible();
    expect(await page.locator('[role=row]').count()).toBeLessThan(80);
  }
  // What is looked at is what stands there.
  const shown = await rows(page).evaluateAll((all) => all.map((one) => [Number(one.getAttribute('aria-rowindex')), one.textContent] as const));
  for (const [index, text] of shown) expect(text).toContain(`ORD-${110_002 - index}`);
  // Far off there is nothing yet, and it is said how far it is; from the other end it is near.
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await expect(page.getByText(/^[\d,]+ of 100,000$/)).toBeVisible();
  await page.getByRole('button', { name: 'Begin at the other end' }).click();
  await expect(page).toHaveURL(/sort=placed_at$/);
  await expect(row(page, /ORD-10001\b/)).toBeVisible();
  await row(page, /ORD-10001\b/).focus();
  await page.keyboard.press('End');
  await expect(row(page, /ORD-110000/)).toBeVisible();
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
  // The choice is still there, and so is the view.
  await page.goBack();
  await expect(page.getByText('3 selected')).toBeVisible();
});

test('the way back from an order leads to the same place in the same view', async ({ page, server }) => {
  for (let i = 0; i < 400; i++) server.shop.createDemo(i);
  await signIn(page, server, 'staff', '/?status=pending&sort=placed_at');
  await expect(row(page, /ORD-10001\b/)).toBeVisible();
  await page.mouse.move(600, 500);
  await page.mouse.wheel(0, 9_000);
  const looked = row(page, /ORD-10190/);
  await expect(looked).toBeInViewport();
  const before = await looked.boundingBox();
  await looked.getByText('ORD-10190').click();
  await expect(page.getByRole('heading', { name: 'ORD-10190' })).toBeVisible();
  await page.getByRole('link', { name: 'All orders' }).click();
  await expect(page).toHaveURL(/\?status=pending&sort=placed_at$/);
  await expect(looked).toBeFocused();
  expect(Math.abs(((await looked.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(2);
});

test('many orders are changed at once: what was done, what was refused and why, and again', async ({ page, server }) => {
  const { shop } = server;
  for (let i = 0; i < 60; i++) shop.createDemo(i);
  const ids = [...shop.orders.keys()];
  shop.cancel(ids[58] ?? '', 'fraud');
  await signIn(page, server, 'staff');
  await row(page, /ORD-10060/).getByRole('checkbox').check();
  await row(page, /ORD-10057/).getByRole('checkbox').click({ modifiers: ['Shift'] });
  await expect(page.getByText('4 selected')).toBeVisible();
  // One leaves the list while it is ticked, and one changes after all have been sent.
  shop.move(ids[59] ?? '', 'processing');
  await page.getByRole('button', { name: 'Pending', exact: false }).click();
  await expect(page.getByText('2 not in this list')).toBeVisible();
  await expect(page.getByText('1 changed since')).toBeVisible();
  await page.getByRole('button', { name: 'Change status …' }).click();
  const question = page.getByRole('dialog', { name: 'Change status' });
  const dialog = page.getByRole('dialog', { name: 'Change to processing' });
  await expect(question).toContainText('ORD-10060: Pending → Processing');
  await expect(question).toContainText('3 orders: 2 pending and 1 cancelled.');
  await page.getByLabel('New status').selectOption('processing');
  await page.getByLabel('Message to the customers').fill('On its way soon.');
  await page.route('**/bulk/status', async (route) => {
    shop.move(ids[57] ?? '', 'shipped');
    await route.continue();
  }, { times: 1 });
  await page.getByRole('button', { name: 'Change 3 orders' }).click();
  await expect(dialog).toContainText('3 orders: 1 done and 2 refused.');
  const result = (name: string) => dialog.getByRole('listitem').filter({ hasText: name }).first();
  await expect(result('ORD-10057')).toContainText('Done');
  await expect(result('ORD-10058')).toContainText('somebody changed it after you selected it');
  await expect(result('ORD-10058')).toContainText(/Shipped, .* by nadia/);
  await expect(result('ORD-10059')).toContainText('An order that is cancelled cannot become processing');
  await dialog.getByRole('button', { name: 'Refused 2' }).click();
  await expect(dialog.getByRole('list', { name: 'Results' }).locator('> li')).toHaveCount(2);
  await dialog.getByRole('button', { name: 'Try 2 orders again as they are now' }).click();
  await expect(result('ORD-10058')).toContainText('An order that is shipped cannot become processing');
  await dialog.getByRole('button', { name: 'Close the report' }).click();
  await expect(page.getByText('3 selected')).toBeVisible();
  expect(shop.get(ids[56] ?? '').status).toBe('processing');
});

test('all that match are changed though an answer is lost and the server is away, and nothing twice', async ({ page, server }) => {
  const { shop } = server;
  for (let i = 0; i < 120; i++) shop.createDemo(i);
  await signIn(page, server, 'staff');
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await expect(page.getByText('120 selected')).toBeVisible();
  const keys: string[] = [];
  let requests = 0;
  await page.route('**/bulk/cancel', async (route) => {
    requests += 1;
    keys.push(route.request().headers()['idempotency-key'] ?? '');
    // The second is done, and its answer lost on the way.
    if (requests === 2) await route.fetch();
    if (requests === 2 || requests === 3) await route.abort();
    else await route.continue();
  });
  await page.getByRole('button', { name: 'Cancel orders …' }).click();
  await page.getByLabel('Reason').selectOption('inventory');
  await page.getByRole('button', { name: 'Cancel 120 orders' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('It is not known yet whether 25 orders were changed.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Selected orders' }).getByRole('progressbar')).toBeVisible();
  await expect(page.getByText('120 orders: 120 done.')).toBeVisible({ timeout: 15_000 });
  expect(keys[1]).toBe(keys[2]);
  expect(keys[2]).toBe(keys[3]);
  expect(new Set(keys).size).toBe(5);
  expect([...shop.orders.values()].every(({ status, version }) => status === 'cancelled' && version === 2)).toBe(true);
  await expect(page.getByRole('button', { name: 'Cancelled 120' })).toBeVisible();
  await expect(page.getByText('selected', { exact: false })).toBeHidden();
});

test('a list is exported as a file that is named by what is in it; a broken one is not kept', async ({ page, server }) => {
  for (let i = 0; i < 2_000; i++) server.shop.createDemo(i);
  await signIn(page, server, 'staff', '/?status=pending&q=mug');
  await expect(rows(page).first()).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^orders-pending-mug-made-\d{4}-\d\d-\d\d-\d{4}\.csv$/);
  // Begins with the mark by which spreadsheets know its encoding.
  expect(readFileSync(await file.path(), 'utf8')).toMatch(/^\uFEFForder_number,/);
  const stream = await file.createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const mugs = [...server.shop.orders.values()].filter(({ pricing }) => pricing.items.some(({ sku }) => sku === 'MUG-BLUE'));
  expect(text.match(/^ORD-/gm)).toHaveLength(mugs.length);
  await expect(page.getByText(`${mugs.length} orders exported`)).toBeVisible();

  await page.route('**/orders.csv*', (route) => route.abort());
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByText('The list was not exported')).toBeVisible();
  await expect(page.getByText('cannot be reached right now')).toBeVisible();
});
