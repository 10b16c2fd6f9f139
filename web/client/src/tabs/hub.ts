/**
 * The tab that has the connection, for all tabs of one session. It passes frames on and keeps no state of any
 * subscription: every tab has its own cursors and goes on from them with the next hub, should this one be gone.
 */
import { CLOSE, type ClientFrame, type Frame, type Welcome } from '../frames.ts';
import type { Connect, Transport, Wire } from '../transports/transport.ts';
import { type Message, randomName, type ToHub, type ToTab } from './messages.ts';

/** Passed-on frames are the only sign of life that a tab gets; where the server sends no pings, this long without is too long. */
const QUIET_SECS = 45;
/** How soon tabs come back when theirs was not the fault, at a random moment. */
const SOON_MS = 250;

interface Member {
  /** Goes before the ids of its subscriptions, so that those of several tabs differ. */
  readonly prefix: string;
  /** The last one that it showed. */
  token: string;
  readonly gone: AbortController;
}

interface Upstream {
  wire: Wire;
  welcome?: Welcome;
  /** By which the server knows the connection. */
  token: string;
  expiring: boolean;
  draining: boolean;
  readonly members: Map<string, Member>;
}

export class Hub {
  private readonly id = randomName();
  private readonly upstreams = new Set<Upstream>();
  private readonly current = new Map<Transport, Upstream>();
  private readonly channel: BroadcastChannel;
  private readonly locks: LockManager;
  private readonly connect: Connect;
  private members = 0;

  constructor(channel: BroadcastChannel, locks: LockManager, connect: Connect) {
    this.channel = channel;
    this.locks = locks;
    this.connect = connect;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.to === 'hub') this.receive(data);
    };
    this.post({ to: 'tab', type: 'new', hub: this.id });
  }

  close(): void {
    this.channel.close();
    for (const { wire, members } of this.upstreams) {
      wire.close();
      for (const { gone } of members.values()) gone.abort();
    }
    this.upstreams.clear();
  }

  private post(message: ToTab): void {
    this.channel.postMessage(message);
  }

  private receive(message: ToHub): void {
    if (message.type === 'join') {
      this.join(message);
      return;
    }
    const { conn } = message;
    const upstream = [...this.upstreams].find(({ members }) => members.has(conn));
    const member = upstream?.members.get(conn);
    if (!upstream || !member) return;
    if (message.type === 'leave') this.leave(upstream, conn);
    else if (message.hub === this.id) {
      const frames = message.frames.flatMap((frame) => upward(upstream, member, frame));
      if (frames.length > 0) upstream.wire.send(frames);
    }
  }

  private join({ conn, transport, token }: Extract<ToHub, { type: 'join' }>): void {
    if ([...this.upstreams].some(({ members }) => members.has(conn))) return;
    this.post({ to: 'tab', type: 'accepted', conn, hub: this.id });
    const upstream = this.current.get(transport) ?? this.open(transport, token);
    const gone = new AbortController();
    upstream.members.set(conn, { prefix: `${++this.members}:`, token, gone });
    if (upstream.welcome) this.hear(conn, [upstream.welcome]);
    // Granted when the tab lets go of it, be it that it was closed or that it crashed.
    this.locks.request(conn, { signal: gone.signal }, () => this.leave(upstream, conn)).catch(() => undefined);
  }

  private leave(upstream: Upstream, conn: string): void {
    const member = upstream.members.get(conn);
    if (!member) return;
    member.gone.abort();
    upstream.members.delete(conn);
    if (upstream.members.size > 0) return;
    upstream.wire.close();
    this.forget(upstream);
  }

  private forget(upstream: Upstream): void {
    this.upstreams.delete(upstream);
    for (const [transport, other] of this.current) if (other === upstream) this.current.delete(transport);
  }

  private open(transport: Transport, token: string): Upstream {
    const wire = this.connect(transport, {
      opened: () => wire.send([{ type: 'hello', token }]),
      frames: (frames) => this.downward(upstream, frames),
      closed: (code, withinMs) => this.closed(upstream, code, withinMs),
    });
    const upstream: Upstream = { wire, token, expiring: false, draining: false, members: new Map() };
    this.upstreams.add(upstream);
    this.current.set(transport, upstream);
    return upstream;
  }

  /** Hands frames to the tabs that they are for. */
  private downward(upstream: Upstream, frames: Frame[]): void {
    const out = new Map<string, Frame[]>([...upstream.members.keys()].map((conn) => [conn, []]));
    for (const frame of frames) {
      const { type } = frame;
      if (type === 'welcome') upstream.welcome = { ...frame, ping_secs: frame.ping_secs || QUIET_SECS };
      if (type === 'ping') upstream.wire.send([{ type: 'pong' }]);
      if (type === 'drain') {
        upstream.draining = true;
        // Whoever comes now, or comes back, gets a connection to another node.
        for (const [transport, other] of this.current) if (other === upstream) this.current.delete(transport);
      }
      if (type === 'auth_expiring' && this.renew(upstream)) continue;
      for (const [conn, { prefix }] of upstream.members) {
        const own = forMember(type === 'welcome' ? (upstream.welcome ?? frame) : frame, prefix);
        if (own) out.get(conn)?.push(own);
        if (own?.type === 'error' && own.code === 'too_many_subscriptions') this.over(upstream, conn, CLOSE.draining, 0, true);
      }
    }
    for (const [conn, own] of out) if (own.length > 0 || frames.length === 0) this.hear(conn, own);
  }

  /** A token ends. If another tab has shown a newer one that will do; otherwise all are asked, and the first answer counts. */
  private renew(upstream: Upstream): boolean {
    const other = [...upstream.members.values()].findLast(({ token }) => token !== upstream.token);
    upstream.expiring = !other;
    if (!other) return false;
    upstream.token = other.token;
    upstream.wire.send([{ type: 'auth', token: other.token }]);
    return true;
  }

  /** The end is told as it came to those who showed the token that it is about; the others may have a better one. */
  private closed(upstream: Upstream, code: number, withinMs?: number): void {
    this.forget(upstream);
    const personal = code === CLOSE.unauthorized || code === CLOSE.revoked;
    for (const [conn, { token }] of upstream.members) {
      if (personal && token !== upstream.token) this.over(upstream, conn, CLOSE.draining, SOON_MS);
      else this.over(upstream, conn, code, withinMs);
    }
  }

  private hear(conn: string, frames: Frame[]): void {
    this.post({ to: 'tab', type: 'hear', conn, hub: this.id, frames });
  }

  private over(upstream: Upstream, conn: string, code: number, withinMs?: number, alone = false): void {
    this.post({ to: 'tab', type: 'over', conn, hub: this.id, code, withinMs, ...(alone && { alone }) });
    this.leave(upstream, conn);
  }
}

/** What a tab's frame becomes on its way to the server. */
function upward(upstream: Upstream, member: Member, frame: ClientFrame): ClientFrame[] {
  switch (frame.type) {
    case 'subscribe':
    case 'unsubscribe':
      return [{ ...frame, id: member.prefix + frame.id }];
    case 'auth':
      member.token = frame.token;
      if (!upstream.expiring || frame.token === upstream.token) return [];
      upstream.expiring = false;
      upstream.token = frame.token;
      return [frame];
    // The hub has said hello for all, and answers pings for all.
    default:
      return [];
  }
}

/** What a server's frame is to one tab; nothing if it is for others. */
function forMember(frame: Frame, prefix: string): Frame | undefined {
  if (frame.type === 'event') {
    const ids = frame.ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
    return ids.length > 0 ? { ...frame, ids } : undefined;
  }
  if (!('id' in frame)) return frame;
  return frame.id.startsWith(prefix) ? { ...frame, id: frame.id.slice(prefix.length) } : undefined;
}
