/** The main job, end to end: the real server, a browser, an order moved along, a kill, and nothing missed. */
import type { Page } from '@playwright/test';
import { expect, isLive, test } from './real.ts';

test('an order is placed and moved along, the server killed and restarted, and no change is missed', async ({ browser, waybill }) => {
  const violations: string[] = [];
  const open = async (address: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.on('console', (message) => {
      if (message.text().includes('Content Security')) violations.push(message.text());
    });
    await page.goto(address);
    await isLive(page);
    return page;
  };
  const desk = await open(await waybill.link('admin'));
  const placed = desk.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/v1/orders'));
  await desk.getByRole('button', { name: 'Demo order' }).click();
  const { order_id, order_number } = (await (await placed).json()) as { order_id: string; order_number: string };
  await expect(desk.getByRole('row', { name: order_number })).toContainText('Pending');

  const address = new URL(await waybill.link('admin'));
  address.pathname = `/orders/${order_id}`;
  const watcher = await open(address.href);
  await desk.getByRole('link', { name: order_number }).click();
  await desk.getByRole('button', { name: 'Start processing' }).click();
  const timeline = watcher.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText('Processing');

  await waybill.end('SIGKILL');
  await expect(watcher.getByRole('alert').filter({ hasText: 'may be out of date' })).toBeVisible();
  await waybill.start();
  await isLive(watcher);
  await isLive(desk);

  await desk.getByRole('button', { name: 'Ship …' }).click();
  await desk.getByLabel('Tracking number').fill('RM123456785GB');
  await desk.getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(watcher.getByRole('region', { name: 'Details' })).toContainText('RM123456785GB');
  await desk.getByRole('button', { name: 'Mark as delivered' }).click();
  await expect(timeline).toContainText(/Delivered.*Shipped.*tracking.*Processing.*Order placed/s);
  await expect(timeline.getByText('Shipped', { exact: true })).toHaveCount(1);
  expect(violations).toEqual([]);
});
