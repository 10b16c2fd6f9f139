import type { OrderEvent } from '@waybill/client';
import { expect, test } from 'vitest';
import { confirmation, eventNotice, eventStatus, eventTitle, messageOfEvent, orderPageNotice, saysSomething } from './describe.ts';

const base = {
  event_id: 'e', aggregate_type: 'order', order_id: 'o', order_number: 'ORD-10001', customer_id: 'ada', version: 2, recorded_at: '', cursor: 'c',
} as const;
const pricing = { currency: 'EUR', items: [], discount: 0, shipping: 0, tax: 0, tax_included: true, total: 0 };
const created: OrderEvent = { ...base, type: 'order.created', data: { placed_at: '', pricing } };
const shipped: OrderEvent = { ...base, type: 'order.status_changed', data: { from: 'processing', to: 'shipped' } };
const delivered: OrderEvent = { ...base, type: 'order.completed', data: { from: 'shipped' } };
const cancelled: OrderEvent = { ...base, type: 'order.cancelled', data: { from: 'pending', reason: 'inventory' } };
const updated: OrderEvent = { ...base, type: 'order.updated', data: { changes: [{ kind: 'tracking' }, { kind: 'notes' }] } };

test("notices use the shops' own wording", () => {
  expect(eventNotice(created, true)).toBe('Your order #ORD-10001 has been created!');
  expect(eventNotice(shipped, true)).toBe('Order #ORD-10001 status updated to shipped');
  expect(eventNotice(updated, true)).toBe('Order #ORD-10001 has been updated');
  expect(eventNotice(cancelled, true)).toBe('Order #ORD-10001 has been cancelled');
  expect(eventNotice(delivered, true)).toBe('Order #ORD-10001 has been delivered!');
});

test('the timeline names what changed', () => {
  expect(eventTitle(updated)).toBe('Changed tracking and notes');
  expect([created, shipped, delivered, cancelled].map(eventTitle)).toEqual(['Order placed', 'Shipped', 'Delivered', 'Cancelled']);
});

test('an update leads to no status', () => {
  expect([created, shipped, delivered, cancelled, updated].map(eventStatus)).toEqual([
    'pending', 'shipped', 'delivered', 'cancelled', null,
  ]);
});

test("an order's own page says it in the words of the other shop", () => {
  expect([shipped, delivered, cancelled].map(orderPageNotice)).toEqual([
    'Order status updated to: shipped', 'Order status updated to: delivered', 'Order status updated to: cancelled',
  ]);
  expect(orderPageNotice(updated)).toBe('Order #ORD-10001 has been updated');
});

test('staff are told that the customer is, and customers are not', () => {
  const order = { order_number: 'ORD-10001', status: 'shipped' } as const;
  expect(confirmation(order, 'moved', true)).toBe('Order status updated to shipped. Customer will be notified in real-time!');
  expect(confirmation(order, 'updated', true)).toBe('Order #ORD-10001 has been updated. Customer will be notified in real-time!');
  expect(confirmation(order, 'cancelled', false)).toBe('Order #ORD-10001 has been cancelled');
});

test('what is said to the customer comes along, and a change of what he may not see is not mentioned', () => {
  expect(messageOfEvent({ ...delivered, data: { from: 'shipped', message_to_customer: 'Enjoy!' } })).toBe('Enjoy!');
  expect(messageOfEvent(updated)).toBeUndefined();
  expect([created, updated, { ...updated, data: { changes: [] } }].map(saysSomething)).toEqual([true, true, false]);
});
