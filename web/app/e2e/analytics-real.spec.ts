/** Figures on the real server: what happens to orders is in them at once, and still is when the server comes back. */
import { expect, isLive, open, test } from './real.ts';

test('an order that is placed and called off moves the figures while one looks', async ({ page, waybill }) => {
  await open(page, waybill, 'staff', '/analytics?by=hour');
  const orders = page.locator('dt:text-is("Orders") + dd');
  const revenue = page.locator('dt:text-is("Revenue, EUR") + dd');
  const place = async () => {
    const pricing = { currency: 'EUR', items: [{ line_id: '1', sku: 'CUP', title: 'Cup', quantity: 1, unit_price: 1250 }], total: 1250 };
    return waybill.post<{ order_id: string }>('/v1/orders', { customer_id: 'ada', pricing });
  };
  const { order_id } = await place();
  await expect(orders).toBeVisible();
  const before = Number(await orders.textContent());
  const earned = await revenue.textContent();
  const second = await place();
  await expect(orders).toHaveText(String(before + 1));
  await expect(revenue).not.toHaveText(earned ?? '');
  await waybill.post(`/v1/orders/${second.order_id}/cancel`, { reason: 'fraud' });
  await expect(revenue).toHaveText(earned ?? '');
  await expect(page.getByRole('table', { name: 'Cancellations by reason' })).toContainText('Suspected fraud');
  await expect(page.getByRole('table', { name: 'Time in each status' }).getByRole('row', { name: /Pending/ })).toBeVisible();

  await waybill.end('SIGKILL');
  await expect(page.getByText(/^Not kept up: as of/)).toBeVisible();
  await waybill.start();
  await isLive(page);
  await waybill.post(`/v1/orders/${order_id}/cancel`, { reason: 'staff' });
  await expect(page.getByRole('table', { name: 'Cancellations by reason' })).toContainText('Our mistake');
  await expect(page.getByText(/^Live: last read at/)).toBeVisible();
});
