/** One order: as staff run it and as its customer watches it, against the fake server. */
import type { Page } from '@playwright/test';
import type { FakeServer } from '../../client/test/fake-server.ts';
import { expectAccessible } from './axe.ts';
import { expect, signIn, test } from './fake.ts';

/** An order with a history: processing, shipped with a parcel number, its address corrected. */
function orderWithPast(server: FakeServer): string {
  const { shop } = server;
  const { order_id } = shop.createDemo(0);
  shop.move(order_id, 'processing', {}, undefined, 'Paid by invoice, see ticket 12');
  shop.update(order_id, { shipping_address: { city: 'York' } }, 'omar');
  return order_id;
}

const editForm = (page: Page) => page.getByRole('form', { name: 'Edit the order' });
const slider = (page: Page) => page.getByRole('slider', { name: 'Version' });

test('the history says who did what and why, and a slider leads through the versions', async ({ page, server }) => {
  const id = orderWithPast(server);
  await signIn(page, server, 'staff', `/orders/${id}`);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText('omar (staff)');
  await expect(timeline).toContainText(/Ship to: town.*Leeds.*York/s);
  await expect(timeline).toContainText('Paid by invoice, see ticket 12');
  await timeline.getByText('Ids').first().click();
  await expect(timeline).toContainText('command-3');

  const details = page.getByRole('region', { name: 'Details' });
  await slider(page).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByText('This is the past')).toBeVisible();
  await expect(details).toContainText('Leeds');
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Edit' })).toBeHidden();
  expect(page.url()).toContain('version=2');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', /Version 2 of 3\. Processing/);
  // What happens meanwhile does not take it away.
  server.shop.update(id, { notes: 'Ring twice' });
  await expect(slider(page)).toHaveAttribute('max', '4');
  await expect(details).toContainText('Leeds');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('group', { name: /version 3 of 4/ })).toContainText(/Ship to: town.*Leeds.*York/s);
  await expect(details.getByText('changed')).toHaveCount(1);
  await page.getByRole('button', { name: 'Back to now' }).click();
  await expect(details).toContainText('Ring twice');
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeVisible();
});

test("a colleague's change while editing is shown, merged, and where both changed the same, asked about", async ({ page, server }) => {
  const id = orderWithPast(server);
  await signIn(page, server, 'staff', `/orders/${id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = editForm(page);
  await form.getByLabel('Town').fill('Hull');
  await form.getByLabel('Carrier').fill('Royal Mail');
  await form.getByLabel('Parcel number').fill('RM1');

  server.shop.update(id, { notes: 'Leave it at the door' }, 'omar');
  await expect(form.getByRole('group', { name: 'The order changed while you were editing' })).toContainText('omar: changed notes');
  await expect(form.getByLabel('Notes of the customer')).toHaveValue('Leave it at the door');
  await expect(form.getByLabel('Town')).toHaveValue('Hull');

  server.shop.update(id, { shipping_address: { city: 'Bath', phone: '01225 496000' } }, 'omar');
  const choice = form.getByRole('group', { name: /town: both of you changed it/ });
  await expect(choice).toContainText(/Hull.*Bath/s);
  await expect(form.getByLabel('Telephone')).toHaveValue('01225 496000');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(choice.getByRole('button', { name: 'Keep mine' })).toBeFocused();
  expect(server.shop.get(id).shipping_address?.city).toBe('Bath');
  await choice.getByRole('button', { name: 'Keep mine' }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('has been updated. Customer will be notified in real-time!')).toBeVisible();
  expect(server.shop.get(id)).toMatchObject({
    notes: 'Leave it at the door', tracking: { carrier: 'Royal Mail', number: 'RM1' }, shipping_address: { city: 'Hull', phone: '01225 496000' },
  });
});

test('a change that nobody has heard of yet refuses the save, and nothing of it is overwritten', async ({ page, server }) => {
  const id = orderWithPast(server);
  await signIn(page, server, 'staff', `/orders/${id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = editForm(page);
  await form.getByLabel('Notes of the customer').fill('Mine');
  await form.getByLabel('Town').fill('Hull');
  await page.route(`**/v1/orders/${id}`, async (route) => {
    if (route.request().method() === 'PATCH' && server.shop.get(id).version === 3) {
      server.silently(() => server.shop.update(id, { notes: 'Theirs' }, 'omar'));
    }
    await route.continue();
  });
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByRole('alert').filter({ hasText: 'Not saved: somebody was faster' })).toBeVisible();
  const choice = form.getByRole('group', { name: /both of you changed it/ });
  await expect(choice).toContainText(/Mine.*Theirs/s);
  expect(server.shop.get(id)).toMatchObject({ version: 4, notes: 'Theirs', shipping_address: { city: 'York' } });
  await choice.getByRole('button', { name: 'Take theirs' }).click();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toBeHidden();
  expect(server.shop.get(id)).toMatchObject({ version: 5, notes: 'Theirs', shipping_address: { city: 'Hull' } });
});

test('unsaved changes outlive other pages and a reload, and say when they can no longer be saved', async ({ page, server }) => {
  const id = orderWithPast(server);
  await signIn(page, server, 'staff', `/orders/${id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  await editForm(page).getByLabel('Town').fill('Hull');
  await page.getByRole('link', { name: 'All orders' }).click();
  await page.getByRole('link', { name: /ORD-10001/ }).click();
  await expect(editForm(page).getByLabel('Town')).toHaveValue('Hull');
  page.once('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(editForm(page).getByLabel('Town')).toHaveValue('Hull');
  server.shop.move(id, 'shipped');
  const note = editForm(page).getByRole('alert').filter({ hasText: 'no longer be changed' });
  await expect(note).toContainText('The order is shipped by now. What you changed of ship to cannot be saved.');
  await expect(editForm(page).getByRole('button', { name: 'Save' })).toBeDisabled();
  await note.getByRole('button', { name: 'Discard these changes' }).click();
  await expect(note).toBeHidden();
});

test('a tracking link is given, copied and taken back', async ({ page, context, server }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const id = orderWithPast(server);
  await signIn(page, server, 'staff', `/orders/${id}`);
  await page.getByRole('button', { name: 'Tracking link' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.getByRole('button', { name: 'Copy the link' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`${server.url}/track#`);
  await page.getByRole('button', { name: 'Withdraw the links' }).click();
  await page.getByRole('button', { name: 'Withdraw all links' }).click();
  await expect(page.getByText('All links to this order have been withdrawn')).toBeVisible();
});

test('a long history is there whole', async ({ page, server }) => {
  const id = orderWithPast(server);
  for (let i = 0; i < 120; i++) server.shop.update(id, { notes: `Note ${i}` });
  await signIn(page, server, 'staff', `/orders/${id}`);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline).toContainText('Note 119');
  await timeline.getByRole('button', { name: 'Show 93 more of 93' }).click();
  await expect(timeline).toContainText('Order placed');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on an order, its past and its form, ${colorScheme}`, async ({ page, server }) => {
    const id = orderWithPast(server);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page, server, 'staff', `/orders/${id}?version=2`);
    await expect(page.getByText('This is the past')).toBeVisible();
    await page.getByText('Ids').first().click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await expect(page.getByRole('button', { name: 'Cancel the order' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = editForm(page);
    await form.getByLabel('Town').fill('Hull');
    await form.getByLabel('Quantity').fill('0');
    server.shop.update(id, { notes: 'Theirs', shipping_address: { city: 'Bath' } }, 'omar');
    await expect(form.getByRole('group', { name: /both of you changed it/ })).toBeVisible();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('must be a whole number')).toBeVisible();
    await expectAccessible(page);
    server.shop.move(id, 'shipped');
    await expect(form.getByText('no longer be changed')).toBeVisible();
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('button', { name: 'Tracking link' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    await expect(page.getByRole('button', { name: 'Copy the link' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Notices of live changes' }).click();
    await expect(page.getByRole('switch')).toHaveCount(2);
    await expectAccessible(page);
  });
}
