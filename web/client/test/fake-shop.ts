/** Orders in memory and the log of what happened to them, in the shapes of the real server. */
import type { Address, AllowedAction, CancelReason, Change, EventData, EventType, OrderEvent, OrderSummary, OrderView, Pricing, Status } from '../src/wire.ts';

const STEPS: Status[] = ['pending', 'processing', 'shipped', 'delivered'];
const GOODS = [
  ['MUG-BLUE', 'Blue enamel mug', 1450], ['TEA-ASSAM', 'Assam leaf tea, 250 g', 1290], ['LAMP-DESK', 'Brass desk lamp', 8900],
  ['BLNK-WOOL', 'Wool blanket, undyed', 12900], ['SOAP-OLIVE', 'Olive soap, three bars', 980], ['BOOK-KNOTS', 'The book of knots', 2450],
] as const;
const PEOPLE = [
  ['Ada Okafor', 'Leeds', 'GB'], ['Jonas Lindqvist', 'Malmö', 'SE'], ['María Fernández', 'Sevilla', 'ES'],
  ['Priya Raman', 'Chennai', 'IN'], ['Tom van den Berg', 'Utrecht', 'NL'], ['Aiko Tanaka', 'Kyoto', 'JP'],
] as const;

export interface NewOrder {
  customer_id: string;
  reference?: string;
  pricing: Pricing;
  shipping_address?: Address;
  notes?: string;
}

export class FakeShop {
  readonly log: { event: OrderEvent; order: OrderSummary }[] = [];
  readonly orders = new Map<string, OrderView>();
  /** Orders that read models could not follow. */
  parked = 0;
  /** Each order as it was at each version. */
  private readonly versions = new Map<string, OrderView[]>();
  onAppend: (event: OrderEvent, order: OrderSummary) => void = () => undefined;
  private clock = Date.parse('2026-03-02T07:30:00Z');

  /** Time passes by steps, so that pictures of the page stay the same. */
  advance(ms: number): void {
    this.clock += ms;
  }

  create(order: NewOrder): OrderView {
    const n = this.orders.size + 1;
    const now = this.now();
    const view: OrderView = {
      ...order, order_id: `019580aa-0000-7000-8000-${String(n).padStart(12, '0')}`, order_number: `ORD-${10_000 + n}`,
      status: 'pending', version: 0, placed_at: now, created_at: now, updated_at: now,
    };
    this.orders.set(view.order_id, view);
    const { pricing, shipping_address, notes } = view;
    this.append(view, 'order.created', {
      placed_at: now, pricing, ...(shipping_address && { shipping_address }), ...(notes && { notes }),
    });
    return view;
  }

  createDemo(n = this.orders.size): OrderView {
    const [name, city, country] = PEOPLE[n % PEOPLE.length] ?? PEOPLE[0];
    const items = [0, 1, 2].slice(0, 1 + (n % 3)).map((i) => {
      const [sku, title, unit_price] = GOODS[(n + i) % GOODS.length] ?? GOODS[0];
      return { line_id: String(i + 1), sku, title, unit_price, quantity: 1 + ((n + i) % 2) };
    });
    const total = items.reduce((sum, item) => sum + item.unit_price * item.quantity, 0) + 490;
    return this.create({
      customer_id: `customer-${n % 7}`,
      ...(n % 4 === 0 && { reference: `WEB-${9000 + n}` }),
      ...(n % 5 === 0 && { notes: 'Please leave it with the neighbour.' }),
      pricing: { currency: country === 'GB' ? 'GBP' : 'EUR', items, discount: 0, shipping: 490, tax: 0, tax_included: true, total },
      shipping_address: { name, line1: `${3 + n} Harbour Road`, city, postal_code: `LS${n} 4AB`, country, email: 'demo@example.com' },
    });
  }

  move(id: string, to: Status, details: Partial<OrderView> = {}, message_to_customer?: string, internal_note?: string): OrderView {
    const order = this.get(id);
    if (Object.keys(details).length > 0) this.update(id, details);
    const from = order.status;
    order.status = to;
    const said = { ...(message_to_customer && { message_to_customer }), ...(internal_note && { internal_note }) };
    if (to === 'delivered') this.append(order, 'order.completed', { from, ...said });
    else this.append(order, 'order.status_changed', { from, to, ...said });
    return order;
  }

  cancel(id: string, reason: CancelReason, message_to_customer?: string, internal_note?: string): OrderView {
    const order = this.get(id);
    const from = order.status;
    Object.assign(order, { status: 'cancelled', cancel_reason: reason });
    this.append(order, 'order.cancelled', {
      from, reason, ...(message_to_customer && { message_to_customer }), ...(internal_note && { internal_note }),
    });
    return order;
  }

  /** Changes details as a JSON merge patch does. */
  update(id: string, patch: object, actor = 'nadia'): OrderView {
    const order = this.get(id);
    const before = structuredClone(order);
    const kinds = Object.keys(patch) as Change['kind'][];
    Object.assign(order, merged(order, patch));
    const changes = kinds
      .filter((kind) => JSON.stringify(before[kind]) !== JSON.stringify(order[kind]))
      .map((kind) => ({ kind, before: before[kind] ?? null, after: order[kind] ?? null }) as Change);
    if (changes.length > 0) this.append(order, 'order.updated', { changes }, actor);
    return order;
  }

  /** The order as it was. */
  at(id: string, version: number): OrderView | undefined {
    return this.versions.get(id)?.[version - 1];
  }

  get(id: string): OrderView {
    const order = this.orders.get(id);
    if (!order) throw new Error(`no order ${id}`);
    return order;
  }

  view(order: OrderView, isStaff = true): OrderView {
    if (isStaff) return { ...order, allowed_actions: allowed(order.status) };
    const seen = { ...order };
    delete seen.metadata;
    const pending: AllowedAction[] = [{ action: 'cancel' }, { action: 'update', fields: ['shipping_address'] }];
    return { ...seen, allowed_actions: order.status === 'pending' ? pending : [] };
  }

  summary(order: OrderView): OrderSummary {
    const { pricing, shipping_address: address, ...rest } = order;
    const summary: Partial<OrderView> & OrderSummary = {
      ...rest, titles: pricing.items.slice(0, 3).map((item) => item.title),
      item_count: pricing.items.reduce((sum, item) => sum + item.quantity, 0),
      currency: pricing.currency, total: pricing.total,
      ...(address && { city: address.city, recipient: address.name }),
    };
    delete summary.notes;
    return summary;
  }

  private now(): string {
    this.clock += 41_000;
    return new Date(this.clock).toISOString().replace('Z', '000Z');
  }

  private append<T extends EventType>(order: OrderView, type: T, data: EventData[T], actor = 'nadia'): void {
    order.version += 1;
    const position = this.log.length + 1;
    order.updated_at = order.version === 1 ? order.created_at : this.now();
    const { order_id, order_number, version, customer_id } = order;
    this.versions.set(order_id, [...(this.versions.get(order_id) ?? []), structuredClone(order)]);
    const event = {
      type, data, order_id, order_number, version, event_id: `event-${position}`, aggregate_type: 'order', position,
      recorded_at: order.updated_at, cursor: `c${position}`, actor: { kind: 'staff', id: actor },
      command_id: `command-${position}`, correlation_id: `correlation-${position}`, ...(customer_id && { customer_id }),
    } as unknown as OrderEvent;
    const summary = this.summary(order);
    this.log.push({ event, order: summary });
    this.onAppend(event, summary);
  }
}

function allowed(status: Status): AllowedAction[] {
  const i = STEPS.indexOf(status);
  const moves = i < 0 ? [] : STEPS.slice(i + 1).map((to) => ({ action: 'change_status', to }) as const);
  const cancel = i === 0 || i === 1 ? [{ action: 'cancel' } as const] : [];
  const open = i === 0 || i === 1 ? ['pricing', 'shipping_address'] : [];
  const unfinished = i >= 0 && i < 3 ? ['estimated_delivery', 'metadata'] : [];
  return [...moves, ...cancel, { action: 'update', fields: [...open, ...unfinished, 'tracking', 'notes'] }];
}

/** RFC 7396; what comes out null is left out by JSON. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch ?? undefined;
  const base = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) Object.assign(base, { [name]: merged((base as Record<string, unknown>)[name], value) });
  return base;
}
