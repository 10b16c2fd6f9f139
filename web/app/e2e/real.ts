/** Tests on the real server: one for all of them, without a demo shop, so that what happens is what a test does. */
import { expect, type Page, test as base } from '@playwright/test';
import { isBuilt, Waybill } from './waybill.ts';

export const test = base.extend<object, { waybill: Waybill }>({
  waybill: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape.
    async ({}, use) => {
      const waybill = new Waybill(['--no-demo']);
      await waybill.start();
      await use(waybill);
      await waybill.end('SIGTERM');
      waybill.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

test.skip(!isBuilt && !process.env['CI'], 'the server is not built: cargo build');

/** Opens a page of the application for whoever has this role, and waits until it is live. */
export async function open(page: Page, waybill: Waybill, role: string, path = '/'): Promise<Page> {
  const { hash } = new URL(await waybill.link(role));
  await page.goto(new URL(path + hash, waybill.url).href);
  await isLive(page);
  return page;
}

export function isLive(page: Page): Promise<void> {
  return expect(page.getByRole('banner').getByRole('status')).toHaveText(/^Live/, { timeout: 30_000 });
}

export interface Placed {
  order_id: string;
  order_number: string;
}

/** Places an order for a customer, without a page. */
export function place(waybill: Waybill, customer_id: string, email = 'ada@example.org'): Promise<Placed> {
  const item = { line_id: '1', sku: 'TEA-250', title: 'Green tea, 250 g', quantity: 1, unit_price: 1490 };
  return waybill.post<Placed>('/v1/orders', {
    customer_id,
    pricing: { currency: 'EUR', items: [item], discount: 0, shipping: 0, tax: 0, tax_included: true, total: 1490 },
    shipping_address: { name: 'Ada Okafor', line1: '12 Harbour Road', city: 'Leeds', postal_code: 'LS1 4AB', country: 'GB', email },
  });
}

export function move(waybill: Waybill, order: Placed, to: string, message_to_customer?: string): Promise<unknown> {
  return waybill.post(`/v1/orders/${order.order_id}/status`, { to, ...(message_to_customer !== undefined && { message_to_customer }) });
}

export { expect } from '@playwright/test';
