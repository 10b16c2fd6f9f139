/** The page for operations on the real server: what it counts is what happens there. */
import { expect, open, place, test } from './real.ts';

test('an admin sees connections, events and their way to clients, and makes a read model anew', async ({ context, waybill }) => {
  const admin = await open(await context.newPage(), waybill, 'admin', '/operations');
  const head = admin.locator('dl > div').filter({ hasText: 'Head of the log' });
  await expect(head).toContainText(/#\d+/);
  const before = Number(/#([\d,]+)/.exec(await head.innerText())?.[1]?.replaceAll(',', ''));
  const connections = admin.getByRole('region', { name: 'Open connections' });
  await expect(connections.getByRole('listitem').filter({ hasText: 'WebSocket' })).toContainText(/[1-9]/, { timeout: 20_000 });

  // The page itself follows all orders, and so they are sent to it.
  for (let n = 0; n < 3; n++) await place(waybill, 'ada');
  await expect(head).toContainText(`#${(before + 3).toLocaleString('en-GB')}`, { timeout: 20_000 });
  const latency = admin.getByRole('region', { name: 'From commit to client' });
  await expect(latency.locator('svg.recharts-surface')).toBeAttached({ timeout: 20_000 });
  await expect(admin.locator('dl > div').filter({ hasText: 'From commit to client' })).toContainText(/\d\sm?s95% were faster/);

  const card = admin.getByRole('listitem', { name: 'Order timeline' });
  await card.getByRole('button', { name: 'anew' }).click();
  await admin.getByRole('button', { name: 'Make it anew' }).click();
  await expect(card.getByRole('progressbar')).toBeVisible();
  await expect(card).toContainText('Made anew', { timeout: 60_000 });
  await expect(admin.getByRole('alert')).toHaveCount(0);
});
