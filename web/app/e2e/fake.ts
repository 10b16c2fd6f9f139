/** A page on a fake server of its own, which must not complain of anything. */
import { fileURLToPath } from 'node:url';
import { expect, type Page, test as base } from '@playwright/test';
import { FakeServer } from '../../client/test/fake-server.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

export const test = base.extend<{ server: FakeServer; complaints: string[] }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape.
  server: async ({}, use) => {
    const server = new FakeServer(DIST);
    await server.start();
    await use(server);
    await server.stop();
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().includes('ERR_')) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await use(complaints);
      expect(complaints.filter((text) => /Content Security|Error/.test(text) && !/status of 4\d\d/.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

export async function signIn(page: Page, server: FakeServer, token: 'staff' | 'admin' | 'customer', path = '/'): Promise<void> {
  await page.goto(`${server.url}${path}#token=${token}`);
  await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
}

export { expect } from '@playwright/test';
