// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Client, createClient, type Status } from '../src/index.ts';
import { useConnection, useOrder, useOrderEvents, useOrders, WaybillProvider } from '../src/react/index.ts';
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

test('one order is followed once for all who show it, and followers come and go without asking anew', async () => {
  const view = { ...row('pending', 1), pricing: { currency: 'EUR', items: [], discount: 0, shipping: 0, tax: 0, tax_included: true, total: 0 } };
  fetcher.mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ data: [] }))));
  function Order({ name }: { name: string }) {
    const { order } = useOrder('o1');
    return <p>{name}: {order?.status ?? 'unknown'}</p>;
  }
  const tree = (names: string[]) => (
    <StrictMode>
      <WaybillProvider client={client}>{names.map((name) => <Order key={name} name={name} />)}</WaybillProvider>
    </StrictMode>
  );
  const { rerender } = render(tree(['a', 'b']));
  await act(() => vi.waitFor(() => FakeSocket.last.welcome()));
  act(() => FakeSocket.last.say(
    { type: 'subscribed', id: '1.0', mode: 'live', cursor: 'c1' },
    { type: 'snapshot', id: '1.0', cursor: 'c1', order: { ...view, allowed_actions: [] } },
  ));
  expect(screen.getByText('b: pending')).toBeDefined();
  rerender(tree([]));
  rerender(tree(['c']));
  expect(screen.getByText('c: pending')).toBeDefined();
  expect(FakeSocket.last.sent.filter((frame) => frame.type === 'subscribe')).toHaveLength(1);
});

test('notices tell news from what was missed, also under StrictMode', async () => {
  const heard: string[] = [];
  function Notices() {
    useOrderEvents('orders', (news) => {
      heard.push(news.kind === 'event' ? `${news.event.version} ${news.live ? 'live' : 'late'}` : news.kind === 'live' ? `missed ${news.missed}` : news.kind);
    });
    return null;
  }
  render(<StrictMode><WaybillProvider client={client}><Notices /></WaybillProvider></StrictMode>);
  await act(() => vi.waitFor(() => FakeSocket.last.welcome()));
  const asked = FakeSocket.last.sent.filter((frame) => frame.type === 'subscribe');
  expect(asked).toHaveLength(1);
  const id = asked[0]?.id ?? '';
  const event = (version: number) => ({
    type: 'event' as const, ids: [id], event: sampleEvent('order.updated', { changes: [] }, { version, cursor: `c${version}` }),
  });
  act(() => FakeSocket.last.say(
    { type: 'subscribed', id, mode: 'replay', cursor: 'c0' }, event(1), event(2), { type: 'live', id, cursor: 'c2' }, event(3),
  ));
  expect(heard).toEqual(['1 late', '2 late', 'missed 1', '3 live']);
});
