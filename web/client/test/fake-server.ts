/**
 * Enough of Waybill's HTTP and socket contracts for the page to run against: one shop in memory, one
 * member of staff (token `staff`), one admin (token `admin`) and one customer (token `customer`). Serves the built page under the
 * same Content-Security-Policy as the real server.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientFrame, Frame } from '../src/frames.ts';
import type { CancelReason, OrderEvent, OrderSummary, OrderView, Status } from '../src/wire.ts';
import { FakeBulk } from './fake-bulk.ts';
import { FakeList } from './fake-list.ts';
import { figuresOf } from './fake-figures.ts';
import { FakeOperations } from './fake-operations.ts';
import { FakeShop, type NewOrder } from './fake-shop.ts';

const CSP = "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const SUBJECTS = { staff: 'nadia', admin: 'root', customer: 'customer-1' };

function isKnown(token: string): token is keyof typeof SUBJECTS {
  return token in SUBJECTS;
}

const EXPIRED: Frame = { type: 'error', code: 'unauthorized', detail: 'The token has expired.', retry: false };

interface Body extends Partial<NewOrder> {
  to?: Status;
  reason?: CancelReason;
  details?: Partial<OrderView>;
  message_to_customer?: string;
  internal_note?: string;
  expected_version?: number;
}

export class FakeServer {
  readonly shop = new FakeShop();
  private readonly lists = new FakeList(this.shop);
  private readonly bulk = new FakeBulk(this.shop);
  readonly operations = new FakeOperations();
  /** Tokens of tracking links, and the order that each shows. */
  readonly links = new Map<string, string>();
  /** Answered in place of figures, if set. */
  figuresProblem: [number, unknown] | null = null;
  private readonly guests = new Set<WebSocket>();
  private readonly customers = new Set<WebSocket>();
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'waybill.v1.json' });
  private readonly connections = new Set<Socket>();
  private readonly asked = new Map<WebSocket, Map<string, string>>();
  private readonly dist: string | undefined;
  private port = 0;
  private silent = false;

  /** `dist`: the built page; without it only the API is served. */
  constructor(dist?: string) {
    if (dist !== undefined && !existsSync(dist)) throw new Error(`${dist} is not there: npm run build`);
    this.dist = dist;
    this.http = createServer((request, response) => void this.answer(request, response));
    this.http.on('connection', (socket: Socket) => {
      this.connections.add(socket);
      socket.on('close', () => this.connections.delete(socket));
    });
    this.http.on('upgrade', (request, socket, head) => {
      this.sockets.handleUpgrade(request, socket, head, (ws) => this.accept(ws));
    });
    this.shop.onAppend = (event, order) => {
      if (this.silent) return;
      for (const [ws, topics] of this.asked) {
        const ids = [...topics].filter(([, topic]) => matches(topic, event)).map(([id]) => id);
        if (ids.length > 0) say(ws, { type: 'event', ids, ...this.seenBy(ws, event, order) });
      }
    };
  }

  /** Changes something of which nobody is told before he asks. */
  silently(change: () => void): void {
    this.silent = true;
    change();
    this.silent = false;
  }

  /** How many sockets are open. */
  get openSockets(): number {
    return this.sockets.clients.size;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens; again on the same port after a `stop`. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.http.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.http.address() as AddressInfo).port;
  }

  /** As if killed: every connection ends at once. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve));
    for (const connection of this.connections) connection.destroy();
    await closed;
  }

  private accept(ws: WebSocket): void {
    const topics = new Map<string, string>();
    ws.on('close', () => this.asked.delete(ws));
    ws.on('message', (text: Buffer) => {
      for (const line of text.toString().split('\n')) this.receive(ws, topics, JSON.parse(line) as ClientFrame);
    });
  }

  private receive(ws: WebSocket, topics: Map<string, string>, frame: ClientFrame): void {
    const { log } = this.shop;
    const head = `c${log.length}`;
    if (frame.type === 'hello') {
      if (this.links.has(frame.token)) {
        this.guests.add(ws);
        this.asked.set(ws, topics);
        const subject = `order:${this.links.get(frame.token)}`;
        say(ws, { type: 'welcome', connection_id: 'fake', epoch: 1, ping_secs: 20, subject, roles: ['guest'] });
        return;
      }
      if (!isKnown(frame.token)) {
        say(ws, EXPIRED);
        ws.close(4401, 'unauthorized');
        return;
      }
      this.asked.set(ws, topics);
      if (frame.token === 'customer') this.customers.add(ws);
      say(ws, { type: 'welcome', connection_id: 'fake', epoch: 1, ping_secs: 20, subject: SUBJECTS[frame.token], roles: [frame.token] });
    }
    if (frame.type === 'unsubscribe') topics.delete(frame.id);
    if (frame.type !== 'subscribe') return;
    const { id, topic } = frame;
    topics.set(id, topic);
    if (frame.snapshot && !topic.startsWith('order:')) {
      const orders = [...this.shop.orders.values()].map((order) => ({ ...this.shop.summary(order), stale: false }));
      say(ws, { type: 'subscribed', id, mode: 'live', cursor: head });
      say(ws, { type: 'snapshot', id, orders, cursor: head });
      return;
    }
    if (frame.snapshot) {
      const order = this.shop.orders.get(topic.slice('order:'.length));
      if (!order) say(ws, { type: 'error', id, code: 'not_found', detail: 'There is no such order.', retry: false });
      else {
        say(ws, { type: 'subscribed', id, mode: 'live', cursor: head });
        say(ws, { type: 'snapshot', id, order: this.guests.has(ws) ? guestOrder(order) : this.shop.view(order, !this.customers.has(ws)), cursor: head });
      }
      return;
    }
    const after = frame.after === 'now' ? log.length : Number(frame.after?.slice(1) ?? 0);
    say(ws, { type: 'subscribed', id, mode: 'replay', cursor: `c${after}` });
    for (const { event, order } of log.slice(after)) if (matches(topic, event)) say(ws, { type: 'event', ids: [id], ...this.seenBy(ws, event, order) });
    say(ws, { type: 'live', id, cursor: head });
  }

  private seenBy(ws: WebSocket, event: OrderEvent, order: OrderSummary): { event: OrderEvent; order: OrderSummary } {
    if (this.guests.has(ws)) return { event: guestEvent(event), order: guestOrder(order) };
    return { event: this.customers.has(ws) ? customerEvent(event) : event, order };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (!url.pathname.startsWith('/v1/')) {
      this.serveFile(url.pathname, response);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as Body;
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const version = /^"(\d+)"$/.exec(request.headers['if-match'] ?? '')?.[1];
    const asked = version === undefined ? body : { expected_version: Number(version), ...body };
    if (url.pathname === '/v1/orders.csv') {
      await this.stream(this.lists.csv(url.searchParams, token !== 'customer' ? null : SUBJECTS.customer), response);
      return;
    }
    if (url.pathname.startsWith('/v1/orders/bulk/')) {
      const key = request.headers['idempotency-key'];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(this.bulk.run(body as Parameters<FakeBulk['run']>[0], typeof key === 'string' ? key : undefined)));
      return;
    }
    const [status, answer] = this.route(request.method ?? 'GET', url, token, asked);
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(status === 204 ? undefined : JSON.stringify(answer));
  }

  /** Line by line; a client that reads no further is not sent more. */
  private async stream(lines: Iterable<string>, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' });
    for (const line of lines) {
      if (response.destroyed) return;
      if (!response.write(line)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    }
    response.end();
  }

  private route(method: string, url: URL, token: string, body: Body): [number, unknown] {
    const followed = this.shop.orders.get(this.links.get(token) ?? '');
    if (followed) return this.routeGuest(url, followed);
    if (!isKnown(token)) return problem(401, 'unauthorized', 'The token is missing, bad or expired.');
    const [, , what, id, part] = url.pathname.split('/');
    if (what === 'me') return [200, { subject: SUBJECTS[token], roles: [token], audience: token === 'customer' ? token : 'staff', credential: 'bearer', expires_at: '2100-01-01T00:00:00Z' }];
    const mine = token === 'customer' ? SUBJECTS.customer : null;
    if (what === 'analytics') {
      if (token === 'customer') return problem(403, 'forbidden', 'Figures over all orders are for staff only.');
      return this.figuresProblem ?? [200, figuresOf(this.shop, url.searchParams)];
    }
    if (what === 'admin') return (token === 'admin' ? this.operations.route(method, url) : problem(403, 'forbidden', 'This is for admins only.')) ?? problem(404, 'not_found', 'There is nothing here.');
    if (what !== 'orders') return problem(404, 'not_found', 'There is nothing here.');
    if (!id) return method === 'POST' ? [201, this.written(this.shop.create(body as NewOrder))] : [200, this.lists.page(url.searchParams, mine)];
    const order = this.shop.orders.get(id);
    if (!order) return problem(404, 'order_not_found', 'There is no such order.');
    const events = this.shop.log.map(({ event }) => event).filter((event) => event.order_id === id);
    const isStaff = token !== 'customer';
    if (part === 'events') return [200, pageOf(isStaff ? events : events.map(customerEvent), url.searchParams)];
    if (part === 'tracking-link') return method === 'POST' ? [201, this.link(order)] : [204, null];
    const at = url.searchParams.get('at_version');
    const past = at === null ? undefined : this.shop.at(id, Number(at));
    if (at !== null) return past ? [200, { ...past, cursor: 'c1' }] : problem(404, 'not_found', 'The order has no such version.');
    if (method === 'GET') return [200, { ...this.shop.view(order, isStaff), cursor: `c${this.shop.log.length}` }];
    if (body.expected_version !== undefined && body.expected_version !== order.version) {
      const changes = events.filter((event) => event.version > (body.expected_version ?? 0));
      return problem(412, 'version_conflict', 'The order has changed since you looked.', { current_version: order.version, changes });
    }
    const { message_to_customer: message, internal_note: note } = body;
    if (part === 'status' && body.to) return [200, this.written(this.shop.move(id, body.to, body.details, message, note), isStaff)];
    if (part === 'cancel' && body.reason) return [200, this.written(this.shop.cancel(id, body.reason, message, note), isStaff)];
    if (method === 'PATCH') {
      const patch = { ...body };
      delete patch.expected_version;
      return [200, this.written(this.shop.update(id, patch), isStaff)];
    }
    return problem(404, 'not_found', 'There is nothing here.');
  }

  private routeGuest(url: URL, order: OrderView): [number, unknown] {
    const { log } = this.shop;
    const path = `/v1/orders/${order.order_id}`;
    if (url.pathname === path) return [200, { ...guestOrder(order), cursor: `c${log.length}` }];
    if (url.pathname !== `${path}/events`) return problem(403, 'forbidden', 'You may not do this.');
    const events = log.map(({ event }) => event).filter((event) => event.order_id === order.order_id);
    return [200, pageOf(events.map(guestEvent), url.searchParams)];
  }

  private link(order: OrderView): unknown {
    const token = `e30.${Buffer.from(JSON.stringify({ order: order.order_id })).toString('base64url')}.c2ln`;
    this.links.set(token, order.order_id);
    return { url: `${this.url}/track#${token}`, token, link_id: 'l', order_id: order.order_id, order_number: order.order_number, issued_at: '2026-03-02T08:00:00Z', expires_at: '2026-04-01T08:00:00Z' };
  }

  private written(order: OrderView, isStaff = true): unknown {
    return { outcome: 'applied', order_id: order.order_id, order_number: order.order_number, version: order.version, cursor: `c${this.shop.log.length}`, order: this.shop.view(order, isStaff) };
  }

  private serveFile(path: string, response: ServerResponse): void {
    const file = join(this.dist ?? '', path);
    const found = this.dist && extname(path) !== '' && existsSync(file) ? file : join(this.dist ?? '', 'index.html');
    response.writeHead(200, { 'content-type': TYPES[extname(found)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    response.end(readFileSync(found));
  }
}

/** What is left for guests; the types promise more. */
function guestOrder<T extends OrderView | OrderSummary>(order: T): T {
  const { order_id, order_number, version, status, tracking, estimated_delivery, placed_at, created_at, updated_at } = order;
  const kept = { order_id, order_number, version, status, tracking, estimated_delivery, placed_at, created_at, updated_at, allowed_actions: [] };
  if (!('pricing' in order)) return kept as unknown as T;
  const items = order.pricing.items.map(({ title }) => ({ title }));
  return { ...kept, pricing: { items }, ...(order.shipping_address && { shipping_address: { city: order.shipping_address.city } }) } as unknown as T;
}

function dataOf(event: OrderEvent): { from?: Status; to?: Status; changes?: { kind: string }[] } {
  return (event as { data?: object }).data ?? {};
}

/** Without what is for staff. */
function customerEvent(event: OrderEvent): OrderEvent {
  const seen = structuredClone(event) as Partial<Record<string, unknown>> & { data?: { internal_note?: string } };
  Object.assign(seen, { actor: undefined, position: undefined, command_id: undefined, correlation_id: undefined });
  delete seen.data?.internal_note;
  return seen as unknown as OrderEvent;
}

function guestEvent(event: OrderEvent): OrderEvent {
  const { type, order_id, order_number, version, recorded_at, cursor } = event;
  const { from, to, changes } = dataOf(event);
  return { type, data: { from, to, changes }, order_id, order_number, version, recorded_at, cursor } as unknown as OrderEvent;
}

/** A page of a history, which the version after it goes on from. */
function pageOf(events: OrderEvent[], query: URLSearchParams): unknown {
  const from = Number(query.get('page_cursor') ?? 0);
  const end = from + Number(query.get('limit') ?? 25);
  return { data: events.slice(from, end), cursor: 'c1', next_cursor: end < events.length ? String(end) : null };
}

function say(ws: WebSocket, frame: Frame): void {
  ws.send(JSON.stringify(frame));
}

function problem(status: number, code: string, detail: string, more: object = {}): [number, unknown] {
  return [status, { type: `/docs/problems#${code}`, title: code, status, code, detail, ...more }];
}

function matches(topic: string, event: OrderEvent): boolean {
  if (topic === 'customer:me') return event.customer_id === 'customer-1';
  return topic === 'orders' || topic === `order:${event.order_id}`;
}
