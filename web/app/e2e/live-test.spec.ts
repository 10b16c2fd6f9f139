/** The page on which an engineer tries the protocol, against the fake server. */
import AxeBuilder from '@axe-core/playwright';
import { expect, signIn, test } from './fake.ts';

test('shows every frame without tokens, survives a cut, and sends what one likes', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await page.setViewportSize({ width: 360, height: 800 });
  await signIn(page, server, 'staff', '/real-time-test');
  await expect(page).toHaveURL(/\/live-test$/);
  const connection = page.getByRole('region', { name: 'Connection' });
  const frames = page.getByRole('region', { name: 'Frames' });
  const rows = frames.getByRole('listbox', { name: 'Frames' }).getByRole('option');
  const offsets = page.getByRole('region', { name: 'Offsets' });
  await connection.getByRole('button', { name: 'Connect' }).click();
  await expect(connection.getByRole('status')).toHaveText('Live');
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  await expect(offsets.getByRole('listitem')).toContainText('live');
  server.shop.move(order_id, 'processing');
  await expect(offsets.getByRole('listitem')).toContainText(/Events\s*1/);
  await expect(rows).toHaveText([/open/, /hello.*hidden/, /welcome/, /subscribe/, /subscribed/, /snapshot/, /event order.status_changed/]);

  // By keyboard: the newest frame, as JSON.
  await frames.getByRole('listbox', { name: 'Frames' }).focus();
  await page.keyboard.press('End');
  await expect(frames.getByRole('group', { name: 'The chosen frame' })).toContainText('"to": "processing"');
  await frames.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Drop the connection' }).click();
  await expect(connection).toContainText('connected 2 times');
  server.shop.move(order_id, 'shipped');
  await expect(offsets.getByRole('listitem')).toContainText(/Events\s*2.*Duplicates\s*0.*Gaps\s*0/);

  await frames.getByLabel('Filter frames').fill('shipped');
  await expect(rows).toHaveCount(1);
  await frames.getByLabel('Filter frames').fill('');
  await frames.getByRole('button', { name: 'Pause' }).click();
  server.shop.move(order_id, 'delivered');
  await expect(frames).toContainText('1 more since you paused');
  await frames.getByRole('button', { name: 'Go on' }).click();
  await expect(rows.filter({ hasText: 'order.completed' })).toBeVisible();

  await page.getByLabel('Frame, as it is sent').fill('{"type":"subscribe","id":"x","topic":"orders","after":"now"}');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(rows.filter({ hasText: '"id":"x"' })).toHaveCount(3);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await page.getByRole('button', { name: 'Leave orders' }).click();
  await expect(offsets).toContainText('Nothing is followed yet');
  await connection.getByRole('button', { name: 'Disconnect' }).click();
  await expect(connection.getByRole('status')).toBeHidden();
  await expect(rows.last()).toContainText('disconnected');
});

test('a slow network is slow, and a staff update tells when its event came', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(page, server, 'staff', '/live-test');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByLabel('Order: id, number or reference').fill(order_id);
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByRole('button', { name: 'Follow it' }).click();
  const offsets = page.getByRole('region', { name: 'Offsets' });
  await expect(offsets.getByRole('listitem')).toContainText('live');
  await page.getByLabel('Delay in, ms').fill('60000');
  await page.getByRole('button', { name: 'Send the command' }).click();
  await expect(page.getByRole('group', { name: 'The answer' })).toContainText(/200.*"outcome": "applied"/s);
  await expect(page.getByText('1 message on the way in')).toBeVisible();
  await expect(offsets.getByRole('listitem')).toContainText(/Events\s*0/);
  await page.getByRole('button', { name: 'Make it fast' }).click();
  await page.getByRole('button', { name: 'Drop the connection' }).click();
  // What was held up is lost with the connection, and sent again from the cursor.
  await expect(offsets.getByRole('listitem')).toContainText(/Events\s*1\s*Caught up\s*1/);
  await expect(page.getByRole('group', { name: 'The answer' })).toContainText('Its event came');
});

test('customers may try it, too, without commands', async ({ page, server }) => {
  await signIn(page, server, 'customer', '/live-test');
  await expect(page.getByRole('region', { name: 'Follow' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Staff update' })).toBeHidden();
});
