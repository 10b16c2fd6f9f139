import type { OrderEvent } from '@waybill/client';
import { expect, test } from 'vitest';
import { eventNotice, eventStatus, eventTitle } from './describe.ts';

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
