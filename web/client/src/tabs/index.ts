/**
 * One connection for all tabs of a browser. One of them, elected by a lock, has the connection and passes frames on;
 * each tab has a client with cursors of its own. So when the tab with the connection is closed, another one takes
 * over, and every client goes on from its cursors as after any other loss.
 */
import type { ShareContext } from '../client.ts';
import type { Me } from '../contract.ts';
import { CLOSE, type ClientFrame } from '../frames.ts';
import type { Connect, Transport, Wire, WireEvents } from '../transports/transport.ts';
import { Hub } from './hub.ts';
import { type Message, randomName, type ToHub } from './messages.ts';

/** How long to wait for the tab with the connection before taking its place: it may be frozen. */
const TAKE_OVER_MS = 3_000;
/** How long a tab without a connection of its own stays ready to have the common one: it may be about to come back. */
const LINGER_MS = 2_000;
/** How soon to join a new hub, at a random moment. */
const REJOIN_MS = 250;

export interface ShareTabsOptions {
  /** In place of `navigator.locks`. */
  locks?: LockManager;
  /** In place of the global one. */
  BroadcastChannel?: typeof BroadcastChannel;
}

/**
 * For {@link ClientOptions.share}: tabs whose tokens are for the same subject, session and roles share a connection.
 * Whom a token is for is asked of the server, so tabs of different people never share, whatever the application says.
 *
 * Where there is no Web Locks API or no BroadcastChannel, as on pages that are not served securely, each tab connects
 * by itself; so do the holders of a link to one order.
 */
export function shareTabs(options: ShareTabsOptions = {}): (context: ShareContext) => Connect {
  return (context) => {
    const locks = options.locks ?? (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
    const Channel = options.BroadcastChannel ?? (globalThis as { BroadcastChannel?: typeof BroadcastChannel }).BroadcastChannel;
    if (!locks || !Channel) return context.connect;
    const tabs = new Tabs(context, locks, Channel);
    return (transport, on) => tabs.alone ? context.connect(transport, on) : new SharedWire(tabs, transport, on);
  };
}

/** What a page has in common for all its wires. */
class Tabs {
  readonly context: ShareContext;
  readonly locks: LockManager;
  /** Set when there is no room among the others. */
  alone = false;
  private readonly Channel: typeof BroadcastChannel;
  private readonly groups = new Map<string, Group>();
  private known: { token: string; name: string | null } | undefined;

  constructor(context: ShareContext, locks: LockManager, Channel: typeof BroadcastChannel) {
    this.context = context;
    this.locks = locks;
    this.Channel = Channel;
  }

  /** The name of those who may share with the bearer of a token; null if he is to connect by himself. */
  async nameFor(token: string): Promise<string | null> {
    if (this.known?.token === token) return this.known.name;
    const { base, fetch } = this.context;
    const response = await fetch(new URL('/v1/me', base), { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) return null;
    const { issuer, subject, session_id, audience, roles } = (await response.json()) as Me;
    const name = `waybill ${JSON.stringify([base.origin, issuer, subject, session_id, audience, [...roles].sort()])}`;
    this.known = { token, name };
    return name;
  }

  group(name: string): Group {
    let group = this.groups.get(name);
    if (!group) {
      group = new Group(name, this.locks, this.Channel, this.context.connect, () => this.groups.delete(name));
      this.groups.set(name, group);
    }
    return group;
  }
}

/** This page's part among the tabs of one session. */
class Group {
  readonly locks: LockManager;
  private readonly name: string;
  private readonly Channel: typeof BroadcastChannel;
  private readonly connect: Connect;
  private readonly onEnd: () => void;
  private readonly channel: BroadcastChannel;
  private readonly wires = new Map<string, (message: Message) => void>();
  private readonly ended = new AbortController();
  /** Whether we stand in line for the lock. */
  private waiting = false;
  private resign: (() => void) | undefined;
  private linger: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, locks: LockManager, Channel: typeof BroadcastChannel, connect: Connect, onEnd: () => void) {
    this.name = name;
    this.locks = locks;
    this.Channel = Channel;
    this.connect = connect;
    this.onEnd = onEnd;
    this.channel = new Channel(name);
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.to !== 'tab') return;
      if (data.type === 'new') for (const hear of this.wires.values()) hear(data);
      else this.wires.get(data.conn)?.(data);
    };
    this.standInLine();
  }

  post(message: ToHub): void {
    this.channel.postMessage(message);
  }

  add(conn: string, hear: (message: Message) => void): void {
    clearTimeout(this.linger);
    this.wires.set(conn, hear);
  }

  remove(conn: string): void {
    this.wires.delete(conn);
    if (this.wires.size === 0) this.linger = setTimeout(() => this.end(), LINGER_MS);
  }

  /** Takes the place of a hub that does not answer. */
  takeOver(): void {
    this.lead({ steal: true });
  }

  private standInLine(): void {
    if (this.waiting || this.ended.signal.aborted) return;
    this.waiting = true;
    this.lead({ signal: this.ended.signal });
  }

  /** Has the connection as long as it has the lock. */
  private lead(how: LockOptions): void {
    const term = this.locks.request(this.name, how, () => {
      if (!how.steal) this.waiting = false;
      if (this.ended.signal.aborted) return undefined;
      const hub = new Hub(new this.Channel(this.name), this.locks, this.connect);
      return new Promise<void>((resolve) => {
        this.resign = () => {
          hub.close();
          resolve();
        };
      });
    });
    // Taken away by a tab that found us frozen, or given up in line.
    term.catch(() => {
      this.resign?.();
      this.resign = undefined;
      this.standInLine();
    });
  }

  private end(): void {
    this.ended.abort();
    this.resign?.();
    this.channel.close();
    this.onEnd();
  }
}

/** A client's wire that leads to the hub, or to the server where there is nobody to share with. */
class SharedWire implements Wire {
  private readonly tabs: Tabs;
  private readonly transport: Transport;
  private readonly on: WireEvents;
  private readonly conn = `waybill tab ${randomName()}`;
  private group: Group | undefined;
  private name: string | null = null;
  private hub: string | undefined;
  private own: Wire | undefined;
  private letGo: (() => void) | undefined;
  private impatience: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(tabs: Tabs, transport: Transport, on: WireEvents) {
    this.tabs = tabs;
    this.transport = transport;
    this.on = on;
    queueMicrotask(() => {
      if (!this.closed) on.opened();
    });
  }

  send(frames: ClientFrame[]): void {
    if (this.own) {
      this.own.send(frames);
      return;
    }
    const rest = frames.filter((frame) => {
      if (frame.type === 'hello') void this.greet(frame.token);
      else if (frame.type === 'auth') void this.renew(frame);
      else return true;
      return false;
    });
    if (rest.length > 0) this.say(rest);
  }

  private say(frames: ClientFrame[]): void {
    if (this.group && this.hub) this.group.post({ to: 'hub', type: 'say', conn: this.conn, hub: this.hub, frames });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.own?.close();
    this.group?.post({ to: 'hub', type: 'leave', conn: this.conn });
    this.group?.remove(this.conn);
    this.letGo?.();
    clearTimeout(this.impatience);
  }

  private end(code: number, withinMs?: number): void {
    if (this.closed) return;
    this.close();
    this.on.closed(code, withinMs);
  }

  private async greet(token: string): Promise<void> {
    this.name = await this.tabs.nameFor(token).catch(() => null);
    if (this.closed) return;
    // Also where the server did not answer: connecting shows what is wrong.
    if (this.name === null) this.goAlone(token);
    else this.join(this.tabs.group(this.name), token);
  }

  /** A token for somebody else would end the connection for all, so it never gets that far. */
  private async renew(frame: Extract<ClientFrame, { type: 'auth' }>): Promise<void> {
    const name = await this.tabs.nameFor(frame.token).catch(() => null);
    if (name === this.name) this.say([frame]);
    else this.end(CLOSE.draining, REJOIN_MS);
  }

  private goAlone(token: string): void {
    const own = this.tabs.context.connect(this.transport, {
      opened: () => own.send([{ type: 'hello', token }]),
      frames: (frames) => this.on.frames(frames),
      closed: (code, withinMs) => this.end(code, withinMs),
    });
    this.own = own;
  }

  private join(group: Group, token: string): void {
    const { conn, transport } = this;
    this.group = group;
    const ask = () => group.post({ to: 'hub', type: 'join', conn, transport, token });
    group.add(conn, (message) => this.hear(message, ask));
    // Held as long as this wire lives, so that the hub knows when it no longer does.
    const held = group.locks.request(conn, () => {
      if (this.closed) return undefined;
      ask();
      this.impatience = setTimeout(() => group.takeOver(), TAKE_OVER_MS);
      return new Promise<void>((resolve) => (this.letGo = resolve));
    });
    held.catch(() => this.end(CLOSE.lost));
  }

  private hear(message: Message, ask: () => void): void {
    if (message.to !== 'tab') return;
    if (message.type === 'new') {
      if (this.hub === undefined) ask();
      else this.end(CLOSE.draining, REJOIN_MS);
    } else if (message.type === 'accepted') {
      this.hub ??= message.hub;
      clearTimeout(this.impatience);
    } else if (message.hub !== this.hub) {
      // From a hub that was given up.
    } else if (message.type === 'hear') {
      this.on.frames(message.frames);
    } else {
      if (message.alone) this.tabs.alone = true;
      this.end(message.code, message.withinMs);
    }
  }
}
