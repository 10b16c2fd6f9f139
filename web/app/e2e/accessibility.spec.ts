/** What axe can see of WCAG 2.2 AA, in both themes; and that a keyboard is enough. */
import { expectAccessible } from './axe.ts';
import { expect, signIn, test } from './fake.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto(server.url);
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page);

    const ids = Array.from({ length: 5 }, () => server.shop.createDemo().order_id);
    await signIn(page, server, 'staff');
    await expect(page.locator('[role=row][data-index]')).toHaveCount(5);
    server.shop.move(ids[1] ?? '', 'processing');
    server.shop.move(ids[2] ?? '', 'shipped', { tracking: { number: 'RM1' } }, 'On its way.');
    server.shop.move(ids[3] ?? '', 'delivered');
    server.shop.cancel(ids[4] ?? '', 'fraud');
    await expect(page.getByText('have just changed')).toBeVisible();
    await expectAccessible(page);

    await page.goto(`${server.url}/orders/${ids[2] ?? ''}`);
    await expect(page.getByText('Order placed')).toBeVisible();
    await expectAccessible(page);
    await page.goto(`${server.url}/orders/${ids[1] ?? ''}`);
    await page.getByRole('button', { name: 'Ship …' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page);
    await server.stop();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alert')).toBeVisible();
    await expectAccessible(page);
  });
}

test('a keyboard is enough to ship an order', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  server.shop.move(order_id, 'processing');
  await signIn(page, server, 'staff');
  await page.getByRole('link', { name: /ORD-10001/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Ship …' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Tracking number')).toBeFocused();
  await page.keyboard.type('RM7');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Details' })).toContainText('RM7');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the board while it is worked on, ${colorScheme}`, async ({ page, server }) => {
    for (let i = 0; i < 40; i++) server.shop.createDemo(i);
    const ids = [...server.shop.orders.keys()];
    server.shop.move(ids[38] ?? '', 'processing');
    server.shop.cancel(ids[37] ?? '', 'fraud');
    await page.setViewportSize({ width: colorScheme === 'light' ? 1440 : 360, height: 800 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page, server, 'staff', '/?sort=colour');
    await expect(page.locator('[role=row][data-index]').first()).toBeVisible();
    for (const key of ['j', 'x', 'Shift+ArrowDown', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await expect(page.getByText('3 selected')).toBeVisible();
    await expectAccessible(page);
    server.shop.move(ids[39] ?? '', 'processing');
    await page.getByRole('button', { name: 'Change status …' }).click();
    await expect(page.getByRole('dialog')).toContainText('has changed since');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Change 2 orders' }).click();
    await expect(page.getByRole('dialog')).toContainText('refused');
    await expectAccessible(page);
    await page.goto(`${server.url}/?q=nothing&to=2026-01-01`);
    await expect(page.getByText('No order matches')).toBeVisible();
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });
}
