/** The live test's own client on a network that can be disturbed, what it follows, and an account of it all. */
import { type Client, type ConnectionStatus, createClient, type EventType, type OrderEvent, type SubscribeOptions, type SubscriptionHandle, type Transport } from '@waybill/client';
import { FrameLog, type LogState } from './frame-log.ts';
import { type Account, Ledger } from './ledger.ts';
import { Network } from './network.ts';

/** How often the page is told of what has happened. */
const TELL_MS = 100;

/** `auto`: as every client does, a WebSocket first. */
export type Way = Transport | 'auto';

export interface Wish {
  readonly topic: string;
  /** `snapshot`: the present state first. Otherwise `earliest`, `now`, a cursor or, for staff, a position. */
  readonly after: string;
  readonly types: readonly EventType[];
  readonly includeOrder: boolean;
}

export interface Followed extends Wish {
  readonly id: number;
  readonly account: Account;
}

export interface LabState {
  readonly connected: boolean;
  readonly status: ConnectionStatus;
  readonly lastHeard: number | null;
  /** How often a connection came about. */
  readonly connections: number;
  readonly follows: readonly Followed[];
  readonly log: LogState;
  readonly waitingIn: number;
  readonly waitingOut: number;
}

interface Follow extends Wish {
  readonly id: number;
  readonly ledger: Ledger;
  handle: SubscriptionHandle | null;
  /** What the client calls it on the wire, before the dot. */
  key: number;
}

export class Lab {
  readonly network: Network;
  private readonly log = new FrameLog();
  private readonly token: () => string | null;
  private readonly listeners = new Set<() => void>();
  private readonly follows = new Map<number, Follow>();
  private client: Client | null = null;
  private nextId = 1;
  private keys = 0;
  private connections = 0;
  private wasOpen = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private state: LabState;

  constructor(token: () => string | null, real?: { WebSocket: typeof WebSocket; fetch: typeof fetch }) {
    this.token = token;
    this.network = new Network({
      message: (direction, text) => {
        this.log.addMessage(direction, text, Date.now());
        if (direction === 'in') this.hear(text);
        this.changed();
      },
      line: (direction, type, text) => {
        this.log.add(direction, type, text, Date.now());
        this.changed();
      },
      held: () => this.changed(),
    }, real);
    this.state = this.read();
  }

  /** For `useSyncExternalStore`. */
  readonly get = (): LabState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Connects, by another way than before if that is wanted; what is followed goes on from where it stands. */
  connect(way: Way): void {
    this.letGo();
    const { WebSocket, fetch } = this.network;
    const client = createClient({ token: this.token, WebSocket, fetch, ...(way !== 'auto' && { transports: [way] }) });
    this.client = client;
    this.keys = 0;
    client.onStatus(() => this.onStatus(client));
    client.start();
    for (const follow of this.follows.values()) this.begin(follow);
    this.changed();
  }

  disconnect(): void {
    this.letGo();
    this.log.add('note', 'disconnected', '', Date.now());
    this.changed();
  }

  follow(wish: Wish): void {
    const { types, after } = wish;
    const ledger = new Ledger({ allTypes: types.length === 0, fromEarliest: after === 'earliest', snapshot: after === 'snapshot' });
    const follow = { ...wish, id: this.nextId++, ledger, handle: null, key: 0 };
    this.follows.set(follow.id, follow);
    this.begin(follow);
    this.changed();
  }

  leave(id: number): void {
    this.follows.get(id)?.handle?.close();
    this.follows.delete(id);
    this.changed();
  }

  clear(): void {
    this.log.clear();
    this.changed();
  }

  /** When the page is left. */
  end(): void {
    this.letGo();
    this.network.end();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private letGo(): void {
    for (const follow of this.follows.values()) {
      follow.handle = null;
      follow.ledger.lose();
    }
    this.client?.stop();
    this.client = null;
    this.wasOpen = false;
  }

  private begin(follow: Follow): void {
    const { client } = this;
    if (!client) return;
    const { topic, after, types, includeOrder, ledger } = follow;
    const from = ledger.account.cursor ?? (after === 'snapshot' ? undefined : after);
    const options: SubscribeOptions = {
      topic, snapshot: after === 'snapshot', ...(from !== undefined && { after: from }), ...(types.length > 0 && { types }),
      ...(includeOrder && { include: 'order' }),
    };
    // The client counts its subscriptions from 1, and so do we.
    follow.key = ++this.keys;
    follow.handle = client.subscribe(options, (delivery) => {
      ledger.tell(delivery, follow.handle?.cursor ?? null, Date.now());
      this.changed();
    });
  }

  private hear(message: string): void {
    for (const line of message.split('\n')) {
      const { type, ids, event } = frameOf(line);
      if (type !== 'event' || !event || !Array.isArray(ids)) continue;
      for (const id of ids) {
        const key = Number(String(id).split('.')[0]);
        for (const follow of this.follows.values()) if (follow.handle && follow.key === key) follow.ledger.hear(event);
      }
    }
  }

  private onStatus(client: Client): void {
    if (client !== this.client) return;
    const open = client.status.transport !== undefined;
    if (open && !this.wasOpen) this.connections += 1;
    if (!open) for (const follow of this.follows.values()) follow.ledger.lose();
    this.wasOpen = open;
    this.changed();
  }

  private changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.state = this.read();
      for (const listener of this.listeners) listener();
    }, TELL_MS);
  }

  private read(): LabState {
    const { client, network } = this;
    const follows = [...this.follows.values()].map((follow): Followed => {
      if (follow.handle) follow.ledger.move(follow.handle.cursor);
      const { id, topic, after, types, includeOrder, ledger } = follow;
      return { id, topic, after, types, includeOrder, account: ledger.account };
    });
    return {
      connected: client !== null,
      status: client?.status ?? { state: 'stopped', reason: 'closed' },
      lastHeard: client?.lastHeard ?? null,
      connections: this.connections,
      follows,
      log: this.log.get(),
      waitingIn: network.incoming.length,
      waitingOut: network.outgoing.length,
    };
  }
}

function frameOf(line: string): { type?: unknown; ids?: unknown; event?: OrderEvent } {
  try {
    return (JSON.parse(line) ?? {}) as { type?: unknown; ids?: unknown; event?: OrderEvent };
  } catch {
    return {};
  }
}
