/** A browser with nothing but its own `EventSource`, across a server that is killed and started again. */
import { expect, test } from './real.ts';

interface Seen {
  ids: string[];
  live: number;
  opened: number;
}

test('an EventSource misses nothing and sees nothing twice while the server is killed and restarted', async ({ page, waybill }) => {
  const token = new URL(await waybill.link('admin')).hash.replace('#token=', '');
  const authorization = `Bearer ${token}`;
  const place = async (count: number): Promise<string[]> => {
    const placed: string[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      const response = await fetch(`${waybill.url}/v1/orders`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          customer_id: 'nadia',
          pricing: {
            currency: 'EUR',
            items: [{ line_id: '1', sku: 'TEA', title: 'Tea', quantity: 1, unit_price: 100 }],
            discount: 0, shipping: 0, tax: 0, tax_included: true, total: 100,
          },
        }),
      });
      expect(response.status).toBe(201);
      placed.push(((await response.json()) as { order_id: string }).order_id);
    }
    return placed;
  };

  // A customer of this test's own: other tests are on the same server.
  await page.goto(waybill.url);
  // The session's cookie speaks for the stream, since an EventSource can send no header.
  const before = await page.evaluate(async (authorization) => {
    const begun = await fetch('/v1/session', { method: 'POST', headers: { authorization } });
    const seen: Seen = { ids: [], live: 0, opened: 0 };
    Object.assign(window, { seen });
    const source = new EventSource('/v1/events/stream?topic=customer:nadia&types=order.created');
    source.addEventListener('open', () => (seen.opened += 1));
    source.addEventListener('live', () => (seen.live += 1));
    source.addEventListener('order.created', ({ data }) => seen.ids.push((JSON.parse(data as string) as { order_id: string }).order_id));
    return begun.status;
  }, authorization);
  expect(before).toBe(201);
  const seen = () => page.evaluate(() => (window as unknown as { seen: Seen }).seen);
  await expect.poll(async () => (await seen()).live).toBe(1);

  const placed = await place(3);
  await expect.poll(async () => (await seen()).ids).toEqual(placed);
  for (const restart of [1, 2]) {
    // Some of these the browser has seen when the server dies, and some perhaps not.
    placed.push(...(await place(5)));
    await waybill.end('SIGKILL');
    await waybill.start();
    placed.push(...(await place(5)));
    await expect.poll(async () => (await seen()).ids, { timeout: 30_000 }).toEqual(placed);
    expect((await seen()).opened).toBe(restart + 1);
  }
});
