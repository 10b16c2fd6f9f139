/** What the source systems were built for, in a real browser on the real server. */
import type { Page } from '@playwright/test';
import { expect, isLive, move, open, place, test } from './real.ts';

/** Whoever the `customer` link is for. */
const ADA = 'ada';

/** When a text is first shown there, in milliseconds since 1970, to the millisecond and not to the next look of a test. */
function shownAt(page: Page, selector: string, text: string): Promise<number> {
  return page.evaluate(([selector, text]) => new Promise<number>((resolve) => {
    const look = () => {
      if (![...document.querySelectorAll(selector ?? '')].some((found) => found.textContent.includes(text ?? ''))) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  }), [selector, text]);
}

test('staff change an order in one tab, and its customer sees it in the other within a second, without any list being read again', async ({ context, waybill }) => {
  const { order_id, order_number } = await place(waybill, ADA);
  const customer = await open(await context.newPage(), waybill, 'customer');
  const row = customer.getByRole('link', { name: order_number });
  await expect(row).toContainText('Pending');
  const reads: string[] = [];
  customer.on('request', (request) => {
    if (new URL(request.url()).pathname === '/v1/orders') reads.push(request.url());
  });
  await customer.evaluate(() => Object.assign(window, { notReloaded: true }));
  const staff = await open(await context.newPage(), waybill, 'staff', `/orders/${order_id}`);

  const took: number[] = [];
  for (const [button, status] of [['Start processing', 'Processing'], ['Ship', 'Shipped'], ['Mark as delivered', 'Delivered']] as const) {
    if (status === 'Shipped') {
      await staff.getByRole('button', { name: 'Ship …' }).click();
      await staff.getByLabel('Tracking number').fill('RM123456785GB');
    }
    const shown = shownAt(customer, `a[href="/orders/${order_id}"]`, status);
    const begun = Date.now();
    await staff.getByRole('button', { name: button, exact: true }).click();
    took.push((await shown) - begun);
  }
  console.log(`  from the click to the customer's eyes: ${took.join(', ')} ms`);
  // A second is what is promised; a machine that does six things at once may take longer, and is still no reload.
  expect(Math.max(...took)).toBeLessThan(5_000);
  await expect(customer.getByText(`Order #${order_number} has been delivered!`)).toBeVisible();
  expect(reads).toEqual([]);
  expect(await customer.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('a customer whose network goes away is told so, and catches up when it is back', async ({ context, waybill }) => {
  const first = await place(waybill, ADA);
  const page = await open(await context.newPage(), waybill, 'customer');
  await expect(page.getByRole('link', { name: first.order_number })).toContainText('Pending');
  await context.setOffline(true);
  await expect(page.getByRole('alert').filter({ hasText: /may be out of date\. Last update: \d\d:\d\d/ })).toBeVisible();
  await move(waybill, first, 'processing');
  await move(waybill, first, 'shipped', 'On its way.');
  const second = await place(waybill, ADA);
  await expect(page.getByRole('link', { name: first.order_number })).toContainText('Pending');
  await context.setOffline(false);
  await isLive(page);
  await expect(page.getByRole('link', { name: first.order_number })).toContainText('Shipped');
  await expect(page.getByRole('link', { name: second.order_number })).toHaveCount(1);
  await expect(page.getByText('2 orders changed while you were away')).toBeVisible();
  await expect(page.getByText('may be out of date')).toBeHidden();
  await page.getByRole('link', { name: first.order_number }).click();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  for (const step of ['Order placed', 'Processing', 'Shipped']) await expect(timeline.getByText(step, { exact: true })).toHaveCount(1);
});

test('a server that is killed and comes back has lost nothing, and tells nothing twice', async ({ page, waybill }) => {
  await open(page, waybill, 'staff', '/live-test');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByLabel('What').selectOption('One customer’s orders');
  await page.getByRole('textbox', { name: 'Customer' }).fill('kim');
  await page.getByLabel('From').selectOption('the first event (earliest)');
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  const row = page.getByRole('region', { name: 'Offsets' }).getByRole('listitem');
  await expect(row).toContainText('live');

  let events = 0;
  const work = async (): Promise<void> => {
    for (let nth = 0; nth < 3; nth++) {
      const order = await place(waybill, 'kim');
      await move(waybill, order, 'processing');
      events += 2;
    }
  };
  await work();
  for (let restarts = 0; restarts < 2; restarts++) {
    // Some of these the page has seen when the server dies, and some perhaps not.
    await work();
    await waybill.end('SIGKILL');
    await waybill.start();
    await work();
    await expect(row).toContainText(new RegExp(`Events\\s*${events}\\D.*Duplicates\\s*0\\s*Gaps\\s*0\\D`), { timeout: 45_000 });
  }
  await expect(page.getByRole('region', { name: 'Connection' })).toContainText('connected 3 times');
});

test('a guest follows his order by a link, until it is taken back', async ({ browser, waybill }) => {
  const order = await place(waybill, 'guest-1');
  const { url } = await waybill.post<{ url: string }>(`/v1/orders/${order.order_id}/tracking-link`, {});
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await isLive(page);
  await expect(page.getByRole('heading', { name: order.order_number })).toBeVisible();
  expect(new URL(page.url()).hash).toBe('');
  await expect(page.getByText('Harbour Road')).toBeHidden();
  await move(waybill, order, 'processing');
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText(/Processing.*Order placed/s);
  await waybill.ask('DELETE', `/v1/orders/${order.order_id}/tracking-link`);
  await expect(page.getByRole('alert').filter({ hasText: 'has been withdrawn' })).toBeVisible();
});

for (const way of ['WebSocket', 'Server-sent events', 'Long polls']) {
  test(`the live test page follows an order over ${way}, through a cut and a change of the way`, async ({ page, waybill }) => {
    const order = await place(waybill, 'lee');
    await open(page, waybill, 'staff', '/live-test');
    await page.getByLabel('Way').selectOption(way);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByLabel('What').selectOption('One order');
    await page.getByRole('textbox', { name: 'Id, number or reference', exact: true }).fill(order.order_number);
    await page.getByRole('button', { name: 'Follow', exact: true }).click();
    const row = page.getByRole('region', { name: 'Offsets' }).getByRole('listitem');
    await expect(row).toContainText('live');
    await move(waybill, order, 'processing');
    await expect(row).toContainText(/Events\s*1\D/);
    await page.getByRole('button', { name: 'Drop the connection' }).click();
    await move(waybill, order, 'shipped');
    await expect(row).toContainText(/Events\s*2\D/, { timeout: 15_000 });
    await page.getByLabel('Way').selectOption('Automatic');
    await move(waybill, order, 'delivered');
    await expect(row).toContainText(/Events\s*3\D.*Duplicates\s*0\s*Gaps\s*0\D/, { timeout: 15_000 });
  });
}

/** Presses Tab until a button has the focus, as somebody does who has no mouse. */
async function tabTo(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await expect(button).toBeVisible();
  for (let presses = 0; presses < 80; presses++) {
    if (await button.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to “${name}”`);
}

test('an order is handled from sign-in to delivered with nothing but a keyboard', async ({ page, waybill }) => {
  const { order_number } = await place(waybill, ADA);
  await page.goto(waybill.url);
  await expect(page.getByLabel('Access token')).toBeFocused();
  await page.keyboard.insertText(new URL(await waybill.link('staff')).hash.replace('#token=', ''));
  await page.keyboard.press('Enter');
  await isLive(page);

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find an order or a command' })).toBeFocused();
  await page.keyboard.insertText(order_number);
  await expect(page.getByRole('option', { name: order_number })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: order_number })).toBeVisible();

  await tabTo(page, 'Start processing');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Ship …');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Tracking number')).toBeFocused();
  await page.keyboard.type('RM123456785GB');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Mark as delivered');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Mark as delivered' })).toBeHidden();

  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page.getByRole('heading', { name: 'Orders', exact: true })).toBeVisible();
  await expect(page.getByRole('row', { name: order_number })).toContainText('Delivered');
  await page.keyboard.press('j');
  await expect(page.getByRole('row', { name: order_number })).toBeFocused();
});

test('fifty orders are changed at once on one desk, and another desk sees each of them change once', async ({ page, context, waybill }) => {
  const placed = await Promise.all(Array.from({ length: 50 }, () => place(waybill, 'fifty')));
  await open(page, waybill, 'staff', '/?customer=fifty');
  const rows = page.locator('[role=row][data-index]');
  await expect(rows.filter({ hasText: 'Pending' }).first()).toBeVisible();
  const other = await open(await context.newPage(), waybill, 'admin', '/live-test');
  await other.getByRole('button', { name: 'Connect', exact: true }).click();
  await other.getByLabel('What').selectOption('One customer’s orders');
  await other.getByRole('textbox', { name: 'Customer' }).fill('fifty');
  await other.getByRole('button', { name: 'Follow', exact: true }).click();
  const account = other.getByRole('region', { name: 'Offsets' }).getByRole('listitem');
  await expect(account).toContainText('live');

  await page.bringToFront();
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await expect(page.getByText('50 selected')).toBeVisible();
  await page.getByRole('button', { name: 'Change status …' }).click();
  await page.getByLabel('New status').selectOption('processing');
  await page.getByRole('button', { name: 'Change 50 orders' }).click();
  await expect(page.getByRole('dialog').filter({ hasText: '50 orders: 50 done.' })).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Processing 50' })).toBeVisible();
  await expect(rows.filter({ hasText: 'Pending' })).toHaveCount(0);
  await expect(account).toContainText(/Events\s*50\D.*Duplicates\s*0\s*Gaps\s*0\D/);
  const versions = await Promise.all(placed.map(async ({ order_id }) => ((await (await waybill.ask('GET', `/v1/orders/${order_id}`)).json()) as { version: number }).version));
  expect(new Set(versions)).toEqual(new Set([2]));
});
