/** The commands that the page gives. Each carries a key of its own, so that a repeat changes nothing twice. */
import type { CancelReason, Client, OrderView, Pricing, Status, Tracking } from '@waybill/client';
import { requestJson } from '@waybill/client/react';

export interface Written {
  outcome: 'applied' | 'unchanged';
  order: OrderView;
}

export interface MoveDetails {
  tracking?: Tracking;
  estimated_delivery?: string;
}

/** Not `randomUUID`, which a page served without TLS to another machine does not have. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function post<T>(client: Client, path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  return requestJson<T>(client, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomKey(), ...headers },
    body: JSON.stringify(body),
  });
}

/** A command on the order as it is shown: refused if it has moved on since. */
function command(client: Client, order: OrderView, name: string, body: object): Promise<Written> {
  return post<Written>(
    client,
    `/v1/orders/${order.order_id}/${name}`,
    { ...body, expected_version: order.version },
    { 'if-match': `"${order.version}"` },
  );
}

export function moveOrder(
  client: Client,
  order: OrderView,
  to: Status,
  { details, message }: { details?: MoveDetails; message?: string } = {},
): Promise<Written> {
  return command(client, order, 'status', { to, ...(details && { details }), ...(message && { message_to_customer: message }) });
}

export function cancelOrder(client: Client, order: OrderView, reason: CancelReason, message?: string): Promise<Written> {
  return command(client, order, 'cancel', { reason, ...(message && { message_to_customer: message }) });
}

const GOODS = [
  { sku: 'MUG-BLUE', title: 'Blue enamel mug', unit_price: 1450 },
  { sku: 'TEA-ASSAM', title: 'Assam leaf tea, 250 g', unit_price: 1290 },
  { sku: 'LAMP-DESK', title: 'Brass desk lamp', unit_price: 8900 },
  { sku: 'SOAP-OLIVE', title: 'Olive soap, three bars', unit_price: 980 },
];

/** An order to try things out with. */
export function placeDemoOrder(client: Client, customer_id: string): Promise<Written> {
  const from = Math.floor(Math.random() * GOODS.length);
  const items = [...GOODS, ...GOODS].slice(from, from + 2).map((good, i) => ({ ...good, line_id: String(i + 1), quantity: 1 + i }));
  const shipping = 490;
  const total = items.reduce((sum, item) => sum + item.unit_price * item.quantity, shipping);
  const pricing: Pricing = { currency: 'EUR', items, discount: 0, shipping, tax: 0, tax_included: true, total };
  return post<Written>(client, '/v1/orders', {
    customer_id,
    pricing,
    shipping_address: { name: 'Ada Okafor', line1: '12 Harbour Road', city: 'Leeds', postal_code: 'LS1 4AB', country: 'GB' },
  });
}
