/**
 * Pictures of every page for people to look at, in test-results/screens: empty, busy, and without the server, in both
 * themes and two widths, from the real server and its demo shop. Run with SCREENS=1; it takes minutes.
 */
import { type Browser, expect, type Page, test } from '@playwright/test';
import { isLive, move, place } from './real.ts';
import { isBuilt, Waybill } from './waybill.ts';

test.skip(!process.env['SCREENS'] || !isBuilt, 'only when asked for');
test.setTimeout(480_000);

const SHAPES = (['light', 'dark'] as const).flatMap((colorScheme) => [360, 1440].map((width) => ({ colorScheme, width })));
const PATHS = ['/', '/analytics', '/operations', '/live-test'];

const empty = new Waybill(['--no-demo']);
const busy = new Waybill();
test.afterAll(async () => {
  for (const server of [empty, busy]) {
    await server.end('SIGTERM');
    server.remove();
  }
});

type Shape = (typeof SHAPES)[number];

async function newPage(browser: Browser, { colorScheme, width }: Shape): Promise<Page> {
  const viewport = { width, height: width === 360 ? 740 : 900 };
  const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB', timezoneId: 'Europe/London' });
  return context.newPage();
}

async function visit(page: Page, server: Waybill, role: string, path: string): Promise<void> {
  const link = new URL(await server.link(role));
  link.pathname = path;
  await page.goto(link.href);
  await isLive(page);
  await settled(page);
}

/** Until nothing is loading or moving. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByLabel(/^Loading/)).toHaveCount(0, { timeout: 15_000 });
  await page.waitForTimeout(900);
}

function shooter(page: Page, { colorScheme, width }: Shape) {
  return async (name: string, fullPage = false): Promise<void> => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(wide, `${name} is wider than the window`).toBeLessThanOrEqual(width);
    await page.screenshot({ path: `test-results/screens/${name}-${width}-${colorScheme}.png`, fullPage });
  };
}

const nameOf = (path: string) => (path === '/' ? 'orders' : path.slice(1));

test('empty', async ({ browser }) => {
  await empty.start();
  for (const shape of SHAPES) {
    const page = await newPage(browser, shape);
    const shot = shooter(page, shape);
    await page.goto(empty.url);
    await settled(page);
    await shot('sign-in');
    for (const path of PATHS) {
      await visit(page, empty, 'admin', path);
      await shot(`${nameOf(path)}-empty`);
    }
    await visit(page, empty, 'customer', '/');
    await shot('my-orders-empty');
    await page.context().close();
  }
  await empty.end('SIGTERM');
});

test('busy, and without the server', async ({ browser }) => {
  await busy.start();
  const { data } = (await (await busy.ask('GET', '/v1/orders?status=shipped,processing,cancelled&limit=100')).json()) as {
    data: { order_id: string; status: string }[];
  };
  const one = (status: string) => data.find((row) => row.status === status)?.order_id ?? '';
  const left: { page: Page; shape: Shape; name: string }[] = [];
  for (const shape of SHAPES) {
    const page = await newPage(browser, shape);
    const shot = shooter(page, shape);
    for (const path of PATHS) {
      await visit(page, busy, 'admin', path);
      await shot(nameOf(path));
      await shot(`${nameOf(path)}-whole`, true);
    }
    for (const status of ['processing', 'shipped', 'cancelled']) {
      await visit(page, busy, 'staff', `/orders/${one(status)}`);
      await shot(`order-${status}`, true);
    }
    // One that the demo shop leaves alone.
    const mine = await place(busy, 'ada');
    await move(busy, mine, 'processing');
    await visit(page, busy, 'staff', `/orders/${mine.order_id}`);
    await page.getByRole('button', { name: 'Ship …' }).click();
    await settled(page);
    await shot('ship');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('combobox')).toBeFocused();
    await settled(page);
    await shot('palette');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.keyboard.press('?');
    await settled(page);
    await shot('shortcuts');

    await visit(page, busy, 'customer', '/');
    await shot('my-orders');
    await page.getByRole('link', { name: /ORD-/ }).first().click();
    await settled(page);
    await shot('my-order', true);
    const { url } = await busy.post<{ url: string }>(`/v1/orders/${one('shipped')}/tracking-link`, {});
    await page.goto(url);
    await isLive(page);
    await settled(page);
    await shot('guest', true);
    await page.context().close();

    const open = async (name: string, role: string, path: string): Promise<void> => {
      const page = await newPage(browser, shape);
      left.push({ page, shape, name });
      if (path === '/track') {
        await page.goto(url);
        await isLive(page);
        await settled(page);
      } else await visit(page, busy, role, path);
    };
    for (const path of PATHS) await open(nameOf(path), 'admin', path);
    await open('order', 'staff', `/orders/${mine.order_id}`);
    await open('my-orders', 'customer', '/');
    await open('guest', '', '/track');
  }
  await busy.end('SIGKILL');
  for (const { page, shape, name } of left) {
    await expect(page.getByText('may be out of date').first()).toBeVisible();
    await settled(page);
    await shooter(page, shape)(`${name}-offline`);
    await page.context().close();
  }
});
