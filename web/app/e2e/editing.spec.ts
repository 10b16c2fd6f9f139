/** One order edited, looked back at and shown to a guest, on the real server: its contract and not that of the fake one. */
import { expect, isLive, open, place, test } from './real.ts';

test('two people edit one order, the past stays as it was, and a guest follows it', async ({ browser, waybill }) => {
  const { order_id, order_number } = await place(waybill, 'ada');
  const staff = await open(await browser.newPage(), waybill, 'staff', `/orders/${order_id}`);
  const admin = await open(await browser.newPage(), waybill, 'admin', `/orders/${order_id}`);
  for (const page of [staff, admin]) await page.getByRole('button', { name: 'Edit' }).click();
  const [mine, theirs] = [staff, admin].map((page) => page.getByRole('form', { name: 'Edit the order' }));
  if (!mine || !theirs) throw new Error('there are two');
  await mine.getByLabel('Quantity').first().fill('3');
  await mine.getByLabel('Notes of the customer').fill('Ring twice');
  await theirs.getByLabel('Discount').fill('0.50');
  await theirs.getByLabel('Notes of the customer').fill('Ring once');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toBeHidden();

  const choice = mine.getByRole('group', { name: /both of you changed it/ });
  await expect(choice).toContainText(/Ring twice.*Ring once/s);
  await expect(mine.getByLabel('Discount')).toHaveValue('0.50');
  await choice.getByRole('button', { name: 'Keep mine' }).click();
  await mine.getByLabel('Street and number').fill('14 Harbour Road');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine).toBeHidden();
  const details = staff.getByRole('region', { name: 'Details' });
  await expect(details).toContainText(/14 Harbour Road.*Ring twice/s);
  await expect(staff.getByRole('region', { name: 'Items' })).toContainText('Discount');

  await staff.getByRole('slider', { name: 'Version' }).focus();
  await staff.keyboard.press('Home');
  await expect(staff.getByText('This is the past')).toBeVisible();
  await expect(details).not.toContainText('Ring twice');
  await staff.getByRole('button', { name: 'Back to now' }).click();

  await staff.getByRole('button', { name: 'Tracking link' }).click();
  await staff.getByRole('button', { name: 'Make a link' }).click();
  const guest = await browser.newPage();
  await guest.goto(await staff.getByLabel('The link').inputValue());
  await isLive(guest);
  await expect(guest.getByRole('heading', { name: order_number })).toBeVisible();
  // Nothing changed of what guests see.
  await expect(guest.getByRole('region', { name: 'Timeline' })).toContainText('Order placed');
  await expect(guest.getByRole('region', { name: 'Timeline' }).getByRole('time')).toHaveCount(1);
  await staff.keyboard.press('Escape');
  await staff.getByRole('button', { name: 'Start processing' }).click();
  await expect(guest.getByText('Order status updated to: processing')).toBeVisible();
  await expect(guest.getByRole('region', { name: 'Timeline' })).toContainText(/Processing.*Order placed/s);
  for (const page of [staff, admin, guest]) await page.close();
});
