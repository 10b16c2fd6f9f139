/** An order's details as fields to show, compare and edit: each a text, under the name that it has in the API. */
import type { Address, LineItem, OrderView, Pricing, Tracking } from '@waybill/client';
import { day, money } from '../../format.ts';
import { at, isTree, type Node, type Path, text, type Tree } from './merge.ts';

export type DetailName = 'pricing' | 'shipping_address' | 'tracking' | 'estimated_delivery' | 'notes' | 'metadata';

export const DETAIL_LABELS: Record<DetailName, string> = {
  pricing: 'Items and prices',
  shipping_address: 'Ship to',
  tracking: 'Tracking',
  estimated_delivery: 'Estimated delivery',
  notes: 'Notes',
  metadata: 'Metadata',
};

export const ADDRESS_FIELDS = {
  name: 'Name', company: 'Company', line1: 'Street and number', line2: 'Second line', postal_code: 'Postal code', city: 'Town',
  region: 'Region', country: 'Country', phone: 'Telephone', email: 'E-mail',
} as const satisfies Record<keyof Address, string>;

export const TRACKING_FIELDS = { carrier: 'Carrier', number: 'Parcel number', url: 'Link' } as const satisfies Record<keyof Tracking, string>;

const LINE_FIELDS: Record<string, string> = { title: 'Title', sku: 'Article number', quantity: 'Quantity', unit_price: 'Price of one' };
const PRICE_FIELDS: Record<string, string> = {
  currency: 'Currency', discount: 'Discount', shipping: 'Shipping', tax: 'Tax', tax_included: 'Tax is in the prices', total: 'Total',
};

/** How many digits an amount of this currency has behind the point. */
export function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** An amount as it is typed: "12.50". */
export function amountText(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A typed amount in minor units; null if it is none. */
export function parseAmount(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const found = /^(\d{1,15})(?:[.,](\d*))?$/.exec(text.trim());
  const fraction = found?.[2] ?? '';
  if (!found || fraction.length > digits) return null;
  const minor = Number(`${found[1] ?? ''}${fraction.padEnd(digits, '0')}`);
  return Number.isSafeInteger(minor) ? minor : null;
}

const texts = (object: object | null | undefined): Tree | undefined => {
  const entries = Object.entries(object ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
};

/** Under what a line is kept. Not its bare id: properties that look like numbers would be sorted as such. */
export const lineKey = (lineId: string) => `#${lineId}`;
export const lineIdOf = (key: string) => key.slice(1);

function lineTree({ title, sku, quantity, unit_price }: LineItem, currency: string): Tree {
  return { title, sku, quantity: String(quantity), unit_price: amountText(unit_price, currency) };
}

function pricingTree({ currency, items, discount, shipping, tax, tax_included }: Pricing): Tree {
  return {
    currency,
    items: Object.fromEntries(items.map((line) => [lineKey(line.line_id), lineTree(line, currency)])),
    discount: amountText(discount, currency), shipping: amountText(shipping, currency), tax: amountText(tax, currency), tax_included,
  };
}

/** One detail as a node. Groups that can be empty without meaning anything are there even so. */
export function detailNode(name: DetailName, value: unknown): Node | undefined {
  if (name === 'metadata') return texts(value as object | undefined) ?? {};
  if (value === null || value === undefined || value === '') return undefined;
  if (name === 'pricing') return pricingTree(value as Pricing);
  return typeof value === 'object' ? texts(value) : (value as string);
}

/** All details of an order. */
export function detailsOf(order: OrderView): Tree {
  const names = Object.keys(DETAIL_LABELS) as DetailName[];
  const nodes = names.map((name) => [name, detailNode(name, order[name])] as const);
  return Object.fromEntries(nodes.filter((entry): entry is [DetailName, Node] => entry[1] !== undefined));
}

/** Names a field for people. `tree` has the titles of lines. */
export function labelOf(path: Path, ...trees: readonly Tree[]): string {
  const [detail = '', field, line, ofLine] = path;
  const label = DETAIL_LABELS[detail as DetailName];
  if (field === undefined) return label;
  if (detail === 'metadata') return `Metadata “${field}”`;
  if (detail === 'shipping_address') return `Ship to: ${ADDRESS_FIELDS[field as keyof Address].toLowerCase()}`;
  if (detail === 'tracking') return `Tracking: ${TRACKING_FIELDS[field as keyof Tracking].toLowerCase()}`;
  if (line === undefined) return field === 'items' ? 'Items' : (PRICE_FIELDS[field] ?? field);
  const name = `Item “${titleOf(line, trees)}”`;
  return ofLine === undefined ? name : `${name}: ${(LINE_FIELDS[ofLine] ?? ofLine).toLowerCase()}`;
}

function titleOf(line: string, trees: readonly Tree[]): string {
  const titles = trees.map((tree) => at(tree, ['pricing', 'items', line, 'title']));
  return titles.find((title) => typeof title === 'string') ?? lineIdOf(line);
}

/** A node in words. */
export function textOf(node: Node | undefined, path: Path, currency: string): string {
  if (node === undefined) return 'none';
  if (typeof node === 'boolean') return node ? 'yes' : 'no';
  if (isTree(node)) {
    const { title, quantity, unit_price } = node;
    if (path[1] === 'items' && path.length === 3) return `${text(quantity)} × ${text(title)} at ${asMoney(text(unit_price), currency)}`;
    return Object.entries(node).map(([name, value]) => textOf(value, [...path, name], currency)).join(', ') || 'none';
  }
  const last = path.at(-1) ?? '';
  const isAmount = path[0] === 'pricing' && ['discount', 'shipping', 'tax', 'unit_price'].includes(last);
  if (path[0] === 'estimated_delivery') return day(node);
  return isAmount ? asMoney(node, currency) : node;
}

function asMoney(text: string, currency: string): string {
  const minor = parseAmount(text, currency);
  return minor === null ? text : money(minor, currency);
}
