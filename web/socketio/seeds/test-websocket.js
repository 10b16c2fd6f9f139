// What the document says of its test script, against Waybill's API:
//   1. creates a test order
//   2. updates its status: pending → processing → shipped → delivered
// ACCESS_TOKEN="…" node test-websocket.js
const api = process.env.API_URL;

async function call(path, body) {
  const answer = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.ACCESS_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const created = await call('/v1/orders', {
  customer_id: process.env.CUSTOMER,
  pricing: {
    currency: 'EUR',
    items: [{ line_id: '1', sku: 'TEA-1', title: 'Green tea', quantity: 2, unit_price: 450 }],
    discount: 0,
    shipping: 300,
    tax: 0,
    tax_included: true,
    total: 1200,
  },
});
for (const to of ['processing', 'shipped', 'delivered']) {
  await call(`/v1/orders/${created.order_id}/status`, { to });
}
process.stdout.write(`${JSON.stringify({ done: created.order_number })}\n`);
