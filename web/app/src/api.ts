/** The commands that the page gives. Each carries a key of its own, so that a repeat changes nothing twice. */
import type { CancelReason, Client, DetailsPatch, OrderView, Pricing, Status, Tracking } from '@waybill/client';
import { requestJson } from '@waybill/client/react';

export interface Written {
  outcome: 'applied' | 'unchanged';
  order: OrderView;
}

export interface MoveDetails {
  tracking?: Tracking;
  estimated_delivery?: string;
}

/** What is said along with a command. */
export interface Remarks {
  /** For the customer to read. */
  message?: string;
  /** For staff only. */
  note?: string;
}

const remarks = ({ message, note }: Remarks) => ({ ...(message && { message_to_customer: message }), ...(note && { internal_note: note }) });

/** Not `randomUUID`, which a page served without TLS to another machine does not have. */
export function randomKey(): string {
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
  client: Client, order: OrderView, to: Status, { details, ...said }: Remarks & { details?: MoveDetails } = {},
): Promise<Written> {
  return command(client, order, 'status', { to, ...(details && { details }), ...remarks(said) });
}

export function cancelOrder(client: Client, order: OrderView, reason: CancelReason, said: Remarks = {}): Promise<Written> {
  return command(client, order, 'cancel', { reason, ...remarks(said) });
}

/**
 * Changes details of the order as it is at this version; refused if it has another one by now. `key` names the change, so
 * that sending it once more changes nothing twice.
 */
export function updateOrder(client: Client, orderId: string, version: number, patch: DetailsPatch, key: string): Promise<Written> {
  return requestJson<Written>(client, `/v1/orders/${orderId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json', 'idempotency-key': key, 'if-match': `"${version}"` },
    body: JSON.stringify(patch),
  });
}

export interface TrackingLink {
  url: string;
  expires_at: string;
}

export function issueTrackingLink(client: Client, orderId: string, lifetime_secs: number): Promise<TrackingLink> {
  return post<TrackingLink>(client, `/v1/orders/${orderId}/tracking-link`, { lifetime_secs });
}

export async function withdrawTrackingLinks(client: Client, orderId: string): Promise<void> {
  await requestJson(client, `/v1/orders/${orderId}/tracking-link`, { method: 'DELETE' });
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
