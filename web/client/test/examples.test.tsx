// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { FakeServer } from './fake-server.ts';

const read = (path: string) => readFileSync(new URL(path, `file://${import.meta.dirname}/`), 'utf8');

let server: FakeServer;
beforeEach(async () => {
  server = new FakeServer();
  await server.start();
  vi.stubGlobal('WebSocket', WebSocket);
  vi.stubGlobal('location', new URL(server.url));
  sessionStorage.setItem('token', 'staff');
});
afterEach(async () => {
  cleanup();
  await server.stop();
  vi.unstubAllGlobals();
});

test.each(['live-list.ts', 'orders.tsx'])('the README shows %s as it is', (name) => {
  expect(read('../README.md')).toContain(`\`\`\`${name.split('.')[1] ?? ''}\n${read(`../examples/${name}`)}\`\`\``);
});

test('the list in ten lines is live', async () => {
  expect(read('../examples/live-list.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  const shown: unknown[] = [];
  vi.spyOn(console, 'table').mockImplementation((rows: { order_number: string; status: string }[]) => {
    shown.push(rows.map(({ order_number, status }) => [order_number, status]));
  });
  const { order_id } = server.shop.createDemo();
  await import('../examples/live-list.ts');
  await vi.waitFor(() => expect(shown.at(-1)).toEqual([['ORD-10001', 'pending']]));
  server.shop.createDemo();
  server.shop.move(order_id, 'processing');
  await vi.waitFor(() => expect(shown.at(-1)).toEqual([['ORD-10001', 'processing'], ['ORD-10002', 'pending']]));
});

test('the React example shows orders, says what happens, and sums up an absence', async () => {
  const said: unknown[] = [];
  vi.spyOn(console, 'info').mockImplementation((text) => void said.push(text));
  const { shop } = server;
  const { order_id } = shop.createDemo();
  const { App } = await import('../examples/orders.tsx');
  render(<App />);
  await screen.findByText('ORD-10001: pending');
  await screen.findByRole('region', { name: 'Orders, live' });
  shop.createDemo();
  await screen.findByText('ORD-10002: pending');
  expect(said).toEqual(['ORD-10002: order.created']);
  await server.stop();
  shop.move(order_id, 'processing');
  shop.createDemo();
  await server.start();
  await screen.findByText('ORD-10003: pending', {}, { timeout: 8_000 });
  expect(screen.queryByText(/ORD-10001/)).toBeNull();
  await vi.waitFor(() => expect(said).toEqual(['ORD-10002: order.created', '2 orders changed while you were away']));
}, 15_000);
