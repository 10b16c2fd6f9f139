/** A page never looks fresher than it is. */
import { expect, signIn, test } from './fake.ts';

test('what may be out of date is marked with the time of the last update, and catching up says how far behind it is', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  // Between the page and the server: what ends a replay is kept back for a while.
  let letThrough = true;
  const kept: (() => void)[] = [];
  await page.routeWebSocket(/\/v1\/ws$/, (socket) => {
    const far = socket.connectToServer();
    far.onMessage((message) => {
      if (letThrough || !String(message).includes('"type":"live"')) socket.send(message);
      else kept.push(() => socket.send(message));
    });
  });
  await signIn(page, server, 'staff');
  const badge = page.getByRole('group', { name: 'Connection' });
  await expect(badge).toHaveText('Live');
  await expect(page.locator('html')).not.toHaveAttribute('data-stale');

  await server.stop();
  await expect(badge).toHaveText(/^Offlinesince \d\d:\d\d$/);
  await expect(page.getByRole('alert')).toContainText(/may be out of date\. Last update: \d\d:\d\d/);
  await expect(page.locator('html')).toHaveAttribute('data-stale');

  letThrough = false;
  server.shop.move(order_id, 'processing');
  await server.start();
  // The fake shop's clock stands at a day of its own.
  await expect(badge).toHaveText(/^Catching up\d+ days behind$/);
  await expect(page.getByRole('row', { name: /ORD-10001/ })).toContainText('Processing');
  await badge.focus();
  await expect(page.getByRole('tooltip')).toContainText(' 1 change fetched so far');
  letThrough = true;
  for (const release of kept) release();
  await expect(badge).toHaveText('Live');
  await expect(page.locator('html')).not.toHaveAttribute('data-stale');
});
