/** Pictures of the page for people to look at, in test-results/screens. Run with SCREENS=1. */
import type { Page } from '@playwright/test';
import type { FakeServer } from '../../client/test/fake-server.ts';
import { expect, signIn, test } from './fake.ts';

test.skip(!process.env['SCREENS'], 'only when asked for');

function fill(server: FakeServer): void {
  const { shop } = server;
  for (let i = 0; i < 60; i++) {
    const { order_id } = shop.createDemo(i);
    if (i % 6 > 1) shop.move(order_id, 'processing');
    if (i % 6 > 2) {
      shop.move(order_id, 'shipped', { tracking: { carrier: 'Royal Mail', number: `RM${8_812_000 + i}GB`, url: 'https://example.com/t' }, estimated_delivery: '2026-03-09' }, 'On its way to you.');
    }
    if (i % 6 > 3) shop.move(order_id, 'delivered');
    if (i % 6 === 1) shop.cancel(order_id, 'inventory');
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1440]) {
    test(`${colorScheme} at ${width}`, async ({ page, server }) => {
      const shot = (page: Page, name: string, fullPage = false) =>
        page.screenshot({ path: `test-results/screens/${name}-${width}-${colorScheme}.png`, fullPage });
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      await page.emulateMedia({ colorScheme });
      await page.goto(server.url);
      await expect(page.getByRole('dialog')).toBeVisible();
      await page.waitForTimeout(400);
      await shot(page, 'sign-in');

      await signIn(page, server, 'staff');
      await expect(page.getByText('No orders yet')).toBeVisible();
      await shot(page, 'empty');

      fill(server);
      await page.waitForTimeout(2_800);
      await shot(page, 'busy-toasts');
      await page.goto('about:blank');
      await signIn(page, server, 'staff');
      await expect(page.getByText('ORD-10060')).toBeVisible();
      await shot(page, 'busy');

      const order = server.shop.orders.get('019580aa-0000-7000-8000-000000000058');
      await page.goto(`${server.url}/orders/${order?.order_id ?? ''}`);
      await expect(page.getByRole('heading', { name: 'ORD-10058' })).toBeVisible();
      await expect(page.getByText('Order placed')).toBeVisible();
      await shot(page, 'order', true);
      await page.goto(`${server.url}/orders/019580aa-0000-7000-8000-000000000057`);
      await page.getByRole('button', { name: 'Ship …' }).click();
      await page.waitForTimeout(500);
      await shot(page, 'ship');
      await page.goto(`${server.url}/orders/019580aa-0000-7000-8000-000000000056`);
      await expect(page.getByText('Out of stock').first()).toBeVisible();
      await shot(page, 'cancelled', true);

      await page.goto(server.url);
      await expect(page.getByText('ORD-10060')).toBeVisible();
      await server.stop();
      await expect(page.getByRole('status').filter({ hasText: 'Offline' })).toBeVisible();
      await shot(page, 'offline');
      await server.start();
    });
  }
}
