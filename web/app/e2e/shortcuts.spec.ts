/** The command palette and the keys, against the fake server. */
import AxeBuilder from '@axe-core/playwright';
import { expect, signIn, test } from './fake.ts';

test('the palette finds an order and a command, and gives the focus back', async ({ page, server }) => {
  for (let nth = 0; nth < 3; nth++) server.shop.createDemo(nth);
  await signIn(page, server, 'staff');
  const account = page.getByRole('button', { name: 'Account' });
  await account.focus();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Find an order or a command' });
  await expect(field).toBeFocused();
  await expect(page.getByRole('option', { name: /^Orders/ })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
  await expect(account).toBeFocused();

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.type('10002');
  const found = page.getByRole('option', { name: /ORD-10002/ });
  await expect(found).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('option', { name: /ORD-10001/ })).toBeHidden();
  expect(await field.getAttribute('aria-activedescendant')).toBe(await found.getAttribute('id'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'ORD-10002' })).toBeVisible();

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.type('dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('keys lead to pages and to the list of keys, and do nothing while one types or where they are off', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(page, server, 'staff', `/orders/${order_id}`);
  await expect(page.getByRole('heading', { name: 'ORD-10001' })).toBeVisible();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('Orders');
  // A dialog has the keys to itself.
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await help.getByLabel('Single keys are shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  expect(new URL(page.url()).pathname).toBe(`/orders/${order_id}`);

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
  await help.getByLabel('Single keys are shortcuts').check();
  // At once: a dialog that is closed keeps no key to itself.
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(`${server.url}/`);
  const search = page.getByRole('searchbox', { name: 'Search orders' });
  await search.focus();
  await page.keyboard.type('g?/o');
  await expect(search).toHaveValue('g?/o');
  await expect(help).toBeHidden();
});

test('what a page offers is found by name while it is shown', async ({ page, server }) => {
  const { order_id } = server.shop.createDemo();
  await signIn(page, server, 'staff');
  const field = page.getByRole('combobox', { name: 'Find an order or a command' });
  const say = async (words: string): Promise<void> => {
    await page.keyboard.press('Control+k');
    await expect(field).toBeFocused();
    await page.keyboard.type(words);
    await expect(page.getByRole('listbox', { name: 'Orders and commands' }).getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
    await page.keyboard.press('Enter');
    await expect(field).toBeHidden();
  };
  await say('demo order');
  await expect(page.getByRole('row', { name: /ORD-10002/ })).toBeVisible();
  await say('only shipped');
  await expect(page).toHaveURL(/status=shipped$/);
  await expect(page.getByText('No order matches')).toBeVisible();

  await page.goto(`${server.url}/orders/${order_id}`);
  await expect(page.getByRole('heading', { name: 'ORD-10001' })).toBeVisible();
  await say('start');
  await expect(page.getByRole('button', { name: 'Ship …' })).toBeVisible();
  await say('ship …');
  await expect(page.getByLabel('Tracking number')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.type('only shipped');
  await expect(page.getByText('Nothing found')).toBeVisible();
});
