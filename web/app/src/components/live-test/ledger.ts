/** Keeps count of what one subscription was told, and whether anything came twice or not at all. */
import type { Delivery, OrderEvent } from '@waybill/client';

/** Orders whose last version is remembered. Of those forgotten nothing is found amiss. */
const ORDERS_MAX = 20_000;

export interface Account {
  readonly state: 'waiting' | 'catching up' | 'live' | 'ended';
  /** The place up to which everything was handed on. */
  readonly cursor: string | null;
  /** Handed on by the client, all in all. */
  readonly events: number;
  /** Of these, those that happened during an absence. */
  readonly replayed: number;
  /** Events that the server sent and that were known already, which the client holds back. Over a WebSocket only. */
  readonly heldBack: number;
  /** Handed on a second time. There should never be one. */
  readonly duplicates: number;
  /** Versions of an order that were left out. There should never be one. */
  readonly gaps: number;
  readonly snapshots: number;
  readonly resets: number;
  readonly last: { readonly type: string; readonly order: string; readonly version: number; readonly lateMs: number } | null;
  /** Why it has ended. */
  readonly error: string | null;
}

const NOTHING: Account = {
  state: 'waiting', cursor: null, events: 0, replayed: 0, heldBack: 0, duplicates: 0, gaps: 0, snapshots: 0, resets: 0, last: null, error: null,
};

export class Ledger {
  account: Account = NOTHING;
  private readonly told = new Map<string, number>();
  private readonly sent = new Map<string, number>();
  /** Whether every version is to be expected. */
  private readonly allTypes: boolean;
  /** Whether it is to begin with every order's first event. */
  private readonly fromEarliest: boolean;

  /** Whether it goes on after a reset, with a snapshot. */
  private readonly snapshot: boolean;

  constructor({ allTypes, fromEarliest, snapshot }: { allTypes: boolean; fromEarliest: boolean; snapshot: boolean }) {
    this.allTypes = allTypes;
    this.fromEarliest = fromEarliest;
    this.snapshot = snapshot;
  }

  /** The client has handed something on. `now` is in milliseconds since 1970. */
  tell(delivery: Delivery, cursor: string | null, now: number): void {
    this.change({ cursor });
    const { account } = this;
    switch (delivery.kind) {
      case 'snapshot': {
        const { order, orders = [] } = delivery.snapshot;
        this.told.clear();
        for (const { order_id, version } of order ? [order] : orders) this.told.set(order_id, version);
        this.change({ snapshots: account.snapshots + 1 });
        break;
      }
      case 'event':
        this.tellEvent(delivery.event, delivery.live, now);
        break;
      case 'live':
        this.change({ state: 'live' });
        break;
      case 'reset':
        this.told.clear();
        this.sent.clear();
        this.change({ state: this.snapshot ? 'waiting' : 'ended', resets: account.resets + 1, error: `reset: ${delivery.reason}` });
        break;
      case 'error':
        this.change({ state: 'ended', error: `${delivery.code}: ${delivery.detail}` });
    }
  }

  /** The server has sent an event for it. */
  hear(event: OrderEvent): void {
    const known = this.sent.get(event.order_id) ?? 0;
    if (event.version <= known) this.change({ heldBack: this.account.heldBack + 1 });
    else remember(this.sent, event);
  }

  /** The connection is gone; it goes on from its cursor. */
  lose(): void {
    if (this.account.state !== 'ended') this.change({ state: 'waiting' });
  }

  /** Where it stands when nothing was told. */
  move(cursor: string | null): void {
    if (cursor !== this.account.cursor) this.change({ cursor });
  }

  private tellEvent(event: OrderEvent, live: boolean, now: number): void {
    const { account, told } = this;
    const known = told.get(event.order_id) ?? (this.fromEarliest ? 0 : undefined);
    const again = known !== undefined && event.version <= known;
    const left = known !== undefined && this.allTypes ? Math.max(0, event.version - known - 1) : 0;
    if (!again) remember(told, event);
    this.change({
      state: live ? 'live' : 'catching up',
      events: account.events + 1,
      replayed: account.replayed + (live ? 0 : 1),
      duplicates: account.duplicates + (again ? 1 : 0),
      gaps: account.gaps + left,
      last: { type: event.type, order: event.order_number, version: event.version, lateMs: now - Date.parse(event.recorded_at) },
      error: null,
    });
  }

  private change(change: Partial<Account>): void {
    this.account = { ...this.account, ...change };
  }
}

function remember(versions: Map<string, number>, { order_id, version }: OrderEvent): void {
  versions.delete(order_id);
  versions.set(order_id, version);
  if (versions.size > ORDERS_MAX) versions.delete(versions.keys().next().value ?? '');
}
