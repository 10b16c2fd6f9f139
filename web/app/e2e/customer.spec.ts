/** Customers watching their orders, against the fake server. */
import type { BrowserContext, Page } from '@playwright/test';
import { expect, signIn, test } from './fake.ts';

/** The first order of the fake shop's one customer who signs in. */
const MINE = 1;
const toast = (page: Page, text: string) => page.locator('.mantine-Notification-root').filter({ hasText: text });

test('rows change and appear in place without the list being read again, and toasts say so as the shops did', async ({ page, server }) => {
  const { shop } = server;
  const { order_id } = shop.createDemo(MINE);
  await signIn(page, server, 'customer');
  await expect(page.getByRole('link', { name: /ORD-10001/ })).toBeVisible();
  const reads: string[] = [];
  page.on('request', (request) => {
    if (/\/v1\/orders\?/.test(request.url())) reads.push(request.url());
  });
  await page.getByRole('list', { name: 'Orders' }).evaluate((list) => list.setAttribute('data-same', 'yes'));
  shop.move(order_id, 'processing');
  await expect(toast(page, 'Order #ORD-10001 status updated to processing')).toBeVisible();
  await expect(page.getByRole('link', { name: /ORD-10001/ })).toContainText('Processing');
  shop.createDemo(MINE);
  await expect(toast(page, 'Your order #ORD-10002 has been created!')).toBeVisible();
  await expect(page.getByRole('listitem').first()).toContainText('ORD-10002');
  shop.move(order_id, 'shipped', {}, 'It left the house.');
  await expect(toast(page, 'Order #ORD-10001 status updated to shipped')).toContainText('It left the house.');
  shop.move(order_id, 'delivered');
  await expect(toast(page, 'Order #ORD-10001 has been delivered!')).toBeVisible();
  // One notice an order, and none for ever.
  await expect(toast(page, 'ORD-10001')).toHaveCount(1);
  await expect(page.locator('ul[data-same=yes]')).toBeVisible();
  await expect(toast(page, 'ORD-')).toHaveCount(0, { timeout: 12_000 });
  expect(reads).toEqual([]);
});

test('the page of an order follows it from pending to delivered, and tells a screen reader once', async ({ page, server }) => {
  const { shop } = server;
  const { order_id } = shop.createDemo(MINE);
  await signIn(page, server, 'customer', `/orders/${order_id}`);
  await expect(page.getByRole('button', { name: 'Start processing' })).toBeHidden();
  const news = page.getByRole('status', { name: 'News of this order' });
  const progress = page.getByRole('region', { name: 'Progress' });
  await expect(progress.locator('[aria-current=step]')).toContainText('Pending');
  shop.move(order_id, 'shipped', { tracking: { carrier: 'Royal Mail', number: 'RM1', url: 'https://example.com/RM1' }, estimated_delivery: '2026-03-09' });
  await expect(progress.locator('[aria-current=step]')).toContainText('Shipped');
  await expect(toast(page, 'Order status updated to: shipped')).toHaveAttribute('aria-live', 'off');
  await expect(news).toHaveText('Changed tracking and estimated delivery. The order is now shipped.');
  const link = page.getByRole('link', { name: /RM1/ });
  await expect(link).toHaveAttribute('href', 'https://example.com/RM1');
  await expect(link).toHaveAttribute('rel', /noreferrer/);
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('9 Mar 2026');
  shop.move(order_id, 'delivered');
  await expect(progress.locator('[aria-current=step]')).toContainText('Delivered');
  await expect(news).toHaveText('The order is now delivered.');
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeHidden();
});

test('a customer changes the address of a pending order, and is told of a cancelled one', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo(MINE);
  await signIn(page, server, 'customer', `/orders/${order_id}`);
  await page.getByRole('button', { name: 'Change the address' }).click();
  const form = page.getByRole('form', { name: 'Edit the order' });
  await expect(form.getByLabel('Discount')).toBeHidden();
  await form.getByLabel('Town').fill('Lund');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('Lund');
  server.shop.cancel(order_id, 'inventory', 'We are sorry.');
  await expect(page.getByRole('region', { name: 'Progress' })).toContainText(/Pending.*Cancelled.*Out of stock/s);
  await expect(toast(page, 'Order status updated to: cancelled')).toContainText('We are sorry.');
});

test('whoever comes back is told once how much he has missed', async ({ page, server }) => {
  const { shop } = server;
  const orders = [1, 8, 15].map((n) => shop.createDemo(n));
  await signIn(page, server, 'customer');
  await expect(page.getByRole('listitem')).toHaveCount(3);
  shop.move(orders[0]?.order_id ?? '', 'processing');
  await expect(toast(page, 'ORD-10001')).toBeVisible();
  await page.goto('about:blank');
  for (const { order_id } of orders) for (const to of ['processing', 'shipped'] as const) shop.move(order_id, to);
  await signIn(page, server, 'customer');
  await expect(toast(page, '3 orders changed while you were away')).toBeVisible();
  await expect(toast(page, 'status updated')).toHaveCount(0);
});

test('after an outage in which nothing happened, the page says that it is connected again', async ({ page, server }) => {
  server.shop.createDemo(MINE);
  await signIn(page, server, 'customer');
  await expect(toast(page, 'connected')).toHaveCount(0);
  await server.stop();
  await expect(page.getByRole('alert')).toContainText('may be out of date');
  await server.start();
  await expect(toast(page, 'Real-time updates connected!')).toBeVisible({ timeout: 30_000 });
});

/** A browser whose user is asked for notifications and answers, and that keeps what it shows. */
async function withNotifications(context: BrowserContext, answer: 'granted' | 'denied'): Promise<void> {
  await context.addInitScript((answer) => {
    class Fake {
      static permission = localStorage.getItem('answered') ?? 'default';
      static requestPermission(): Promise<string> {
        localStorage.setItem('answered', answer);
        Fake.permission = answer;
        return Promise.resolve(answer);
      }
      onclick: (() => void) | null = null;
      readonly title: string;
      constructor(title: string) {
        this.title = title;
        shown.push(this);
      }
      close(): void {
        this.title.trim();
      }
    }
    const shown: Fake[] = [];
    Object.assign(window, { Notification: Fake, shown });
  }, answer);
}
const titles = (page: Page) => page.evaluate(() => (window as unknown as { shown: { title: string }[] }).shown.map(({ title }) => title));
const look = (page: Page, state: 'visible' | 'hidden') => page.evaluate((state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, state);

test('the browser notifies from one tab of several, only when none is in sight, and a click brings the order', async ({ context, page: first, server }) => {
  await withNotifications(context, 'granted');
  const { shop } = server;
  const [one, two] = [shop.createDemo(MINE), shop.createDemo(MINE)];
  await signIn(first, server, 'customer');
  await look(first, 'hidden');
  shop.move(one.order_id, 'processing');
  await expect(toast(first, 'ORD-10001')).toBeVisible();
  expect(await titles(first)).toEqual([]);
  await look(first, 'visible');
  await first.getByRole('button', { name: 'Notices of live changes' }).click();
  await first.getByRole('switch', { name: 'Notifications of the browser' }).click({ force: true });
  await expect(first.getByRole('switch', { name: 'Notifications of the browser' })).toBeChecked();
  const second = await context.newPage();
  await signIn(second, server, 'customer');

  // One is in sight: none speaks.
  await look(first, 'hidden');
  shop.move(one.order_id, 'shipped');
  await expect(toast(second, 'ORD-10001')).toBeVisible();
  expect([...(await titles(first)), ...(await titles(second))]).toEqual([]);

  await look(second, 'hidden');
  shop.move(two.order_id, 'processing');
  await expect.poll(async () => [...(await titles(first)), ...(await titles(second))]).toEqual(['Order #ORD-10002 status updated to processing']);
  for (const page of [first, second]) await expect(toast(page, 'ORD-10002')).toBeVisible();
  const speaker = (await titles(first)).length > 0 ? first : second;
  await speaker.evaluate(() => (window as unknown as { shown: { onclick: () => void }[] }).shown[0]?.onclick());
  await expect(speaker.getByRole('heading', { name: 'ORD-10002' })).toBeVisible();
  expect([...(await titles(first)), ...(await titles(second))]).toHaveLength(1);
});

test('where notifications are refused, the page explains how to allow them', async ({ context, page, server }) => {
  await withNotifications(context, 'denied');
  await signIn(page, server, 'customer');
  await page.getByRole('button', { name: 'Notices of live changes' }).click();
  const choice = page.getByRole('switch', { name: 'Notifications of the browser' });
  await choice.click({ force: true });
  await expect(page.getByText('Your browser blocks them')).toBeVisible();
  await expect(choice).toBeDisabled();
  await expect(choice).not.toBeChecked();
});
