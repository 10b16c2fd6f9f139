import type { OrderEvent, OrderSummary } from '@waybill/client';
import { expect, test } from 'vitest';
import { Ledger } from './ledger.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const ALL = { allTypes: true, fromEarliest: false, snapshot: true };

function event(order_id: string, version: number): OrderEvent {
  return { order_id, version, type: 'order.updated', order_number: `#${order_id}`, recorded_at: '2026-03-02T11:59:59.500Z', cursor: '' } as OrderEvent;
}

function tell(ledger: Ledger, order: string, version: number, live = true): void {
  ledger.tell({ kind: 'event', event: event(order, version), order: undefined, live }, `${order}${version}`, NOW);
}

test('counts events, and finds what comes twice and what is left out', () => {
  const ledger = new Ledger(ALL);
  tell(ledger, 'a', 4, false);
  tell(ledger, 'b', 1);
  tell(ledger, 'a', 5);
  expect(ledger.account).toMatchObject({ state: 'live', cursor: 'a5', events: 3, replayed: 1, duplicates: 0, gaps: 0 });
  expect(ledger.account.last).toEqual({ type: 'order.updated', order: '#a', version: 5, lateMs: 500 });
  tell(ledger, 'a', 5);
  tell(ledger, 'b', 4);
  expect(ledger.account).toMatchObject({ events: 5, duplicates: 1, gaps: 2 });
});

test('goes on from the versions of a snapshot, and from nothing after a reset', () => {
  const ledger = new Ledger(ALL);
  const orders = [{ order_id: 'a', version: 3 } as OrderSummary & { stale: boolean }];
  ledger.tell({ kind: 'snapshot', snapshot: { cursor: 'c', orders } }, 'c', NOW);
  tell(ledger, 'a', 5);
  expect(ledger.account).toMatchObject({ snapshots: 1, gaps: 1 });
  ledger.tell({ kind: 'reset', reason: 'epoch' }, null, NOW);
  tell(ledger, 'a', 9);
  expect(ledger.account).toMatchObject({ resets: 1, gaps: 1, state: 'live' });
});

test('from the first event on every order begins with its first version', () => {
  const ledger = new Ledger({ ...ALL, fromEarliest: true });
  tell(ledger, 'a', 2);
  expect(ledger.account.gaps).toBe(1);
});

test('of some types only, versions left out are none that are missed', () => {
  const ledger = new Ledger({ ...ALL, allTypes: false });
  tell(ledger, 'a', 1);
  tell(ledger, 'a', 7);
  expect(ledger.account.gaps).toBe(0);
});

test('what the server repeats is counted, though nobody is told of it', () => {
  const ledger = new Ledger(ALL);
  ledger.hear(event('a', 1));
  ledger.hear(event('a', 1));
  expect(ledger.account).toMatchObject({ events: 0, heldBack: 1 });
});

test('a reset ends what has no snapshot to begin with, and so does a refusal', () => {
  const ledger = new Ledger({ ...ALL, snapshot: false });
  ledger.tell({ kind: 'reset', reason: 'epoch' }, null, NOW);
  expect(ledger.account.state).toBe('ended');
  const refused = new Ledger(ALL);
  refused.tell({ kind: 'error', code: 'forbidden', detail: 'no' }, null, NOW);
  refused.lose();
  expect(refused.account).toMatchObject({ state: 'ended', error: 'forbidden: no' });
});
