// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Client, createClient, type Status } from '../src/index.ts';
import { useConnection, useOrders, WaybillProvider } from '../src/react/index.ts';
import { FakeSocket } from './fake-socket.ts';
import { sampleEvent, sampleSummary } from './samples.ts';

const row = (status: Status, version: number) => sampleSummary({ order_id: 'o1', status, version });

let client: Client;
const fetcher = vi.fn<typeof fetch>();
beforeEach(() => {
  FakeSocket.all = [];
  fetcher.mockReset().mockImplementation(() =>
    Promise.resolve(new Response(JSON.stringify({ data: [row('pending', 1)], next_cursor: null, cursor: 'c1' }))));
  client = createClient({
    url: 'http://shop.test', token: () => 't', fetch: fetcher, WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
});
afterEach(() => {
  cleanup();
  client.stop();
});

function List({ name }: { name: string }) {
  const { orders } = useOrders({ topic: 'orders' });
  const { state } = useConnection();
  return <p>{name}: {state}, {orders.map((order) => order.status).join()}</p>;
}

test('components share one list and one subscription, also under StrictMode', async () => {
  render(
    <StrictMode>
      <WaybillProvider client={client}>
        <List name="a" />
        <List name="b" />
      </WaybillProvider>
    </StrictMode>,
  );
  await screen.findByText('a: connecting, pending');
  act(() => {
    FakeSocket.last.welcome();
  });
  const subscribed = FakeSocket.last.sent.filter((frame) => frame.type === 'subscribe');
  expect(subscribed).toEqual([{ type: 'subscribe', id: '1.0', topic: 'orders', after: 'c1', include: 'order' }]);
  expect(fetcher).toHaveBeenCalledTimes(1);
  act(() => FakeSocket.last.say(
    { type: 'subscribed', id: '1.0', mode: 'live', cursor: 'c1' },
    {
      type: 'event', ids: ['1.0'], order: row('shipped', 2),
      event: sampleEvent('order.status_changed', { from: 'pending', to: 'shipped' }, { order_id: 'o1', version: 2, cursor: 'c2' }),
    },
  ));
  expect(screen.getByText('a: live, shipped')).toBeDefined();
  expect(screen.getByText('b: live, shipped')).toBeDefined();
});
