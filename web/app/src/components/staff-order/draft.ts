/** Changes to an order that are not saved yet, and what becomes of them when somebody else changes the order. */
import type { DetailsPatch, LineItem, OrderView } from '@waybill/client';
import { detailsOf, lineIdOf, parseAmount } from './details.ts';
import { at, type Clash, isTree, merge, type Node, type Path, put, same, text, type Tree } from './merge.ts';

export interface Draft {
  /** The version that `base` is, and for which the changes will be sent. */
  readonly version: number;
  readonly base: Tree;
  /** What is in the form. */
  readonly mine: Tree;
  /** Where somebody still has to choose. */
  readonly clashes: readonly Clash[];
  /** What others changed since editing began, and is in the form now. */
  readonly taken: readonly Path[];
  /** The version with which editing began. */
  readonly since: number;
}

export function beginDraft(order: OrderView): Draft {
  const base = detailsOf(order);
  return { version: order.version, base, mine: base, clashes: [], taken: [], since: order.version };
}

export function isChanged({ base, mine }: Draft): boolean {
  return !same(base, mine);
}

const key = (path: Path) => JSON.stringify(path);

/** The draft on top of a newer version of the order. */
export function rebase(draft: Draft, order: OrderView): Draft {
  if (order.version <= draft.version) return draft;
  const theirs = detailsOf(order);
  const merged = merge(draft.base, draft.mine, theirs);
  const clashing = new Set(merged.clashes.map(({ path }) => key(path)));
  // What was open stays open, unless they came to the same or the whole group is open now.
  const open = draft.clashes.flatMap((clash) => {
    if (clashing.has(key(clash.path)) || merged.clashes.some(({ path }) => isWithin(clash.path, path))) return [];
    const [mine, now] = [at(merged.tree, clash.path), at(theirs, clash.path)];
    return same(mine, now) ? [] : [{ ...clash, mine, theirs: now }];
  });
  const taken = new Map([...draft.taken, ...merged.taken].map((path) => [key(path), path]));
  return {
    ...draft, version: order.version, base: theirs, mine: merged.tree, clashes: [...open, ...merged.clashes], taken: [...taken.values()],
  };
}

function isWithin(path: Path, group: Path): boolean {
  return group.length < path.length && group.every((name, i) => path[i] === name);
}

/** Types into a field. Where it was open whose is to stand, that is an answer. */
export function edit(draft: Draft, path: Path, node: Node | undefined): Draft {
  const clashes = draft.clashes.filter((clash) => key(clash.path) !== key(path) && !isWithin(path, clash.path));
  return { ...draft, mine: prune(put(draft.mine, path, node), path), clashes };
}

/** A group whose last field was emptied is not there any more. */
function prune(tree: Tree, path: Path): Tree {
  const group = path.slice(0, -1);
  const node = at(tree, group);
  const isRoot = group.length === 0 || group.join() === 'metadata' || group.join() === 'pricing' || group.join() === 'pricing,items';
  return !isRoot && isTree(node) && Object.keys(node).length === 0 ? put(tree, group, undefined) : tree;
}

export function choose(draft: Draft, clash: Clash, whose: 'mine' | 'theirs'): Draft {
  const clashes = draft.clashes.filter((other) => other !== clash);
  return { ...draft, clashes, mine: whose === 'mine' ? draft.mine : put(draft.mine, clash.path, clash.theirs) };
}

/** Takes back what was changed in one detail. */
export function discard(draft: Draft, detail: string): Draft {
  return { ...draft, mine: put(draft.mine, [detail], draft.base[detail]), clashes: draft.clashes.filter(({ path }) => path[0] !== detail) };
}

/** The details that the draft changes. */
export function changedDetails({ base, mine }: Draft): string[] {
  return [...new Set([...Object.keys(base), ...Object.keys(mine)])].filter((name) => !same(base[name], mine[name]));
}

/** What keeps a draft from being sent, by field. */
export function faultsOf(mine: Tree): { path: Path; detail: string }[] {
  const faults: { path: Path; detail: string }[] = [];
  const pricing = mine['pricing'];
  if (isTree(pricing)) {
    const currency = text(pricing['currency']);
    const amount = (path: Path) => {
      const typed = at(mine, path);
      if (typed !== undefined && parseAmount(text(typed), currency) === null) faults.push({ path, detail: 'must be an amount such as 12.50' });
    };
    for (const name of ['discount', 'shipping', 'tax']) amount(['pricing', name]);
    const items = isTree(pricing['items']) ? pricing['items'] : {};
    if (Object.keys(items).length === 0) faults.push({ path: ['pricing', 'items'], detail: 'must have at least one line' });
    for (const [id, line] of Object.entries(items)) {
      const path = ['pricing', 'items', id];
      if (!isTree(line)) continue;
      for (const name of ['title', 'sku', 'quantity', 'unit_price']) if (line[name] === undefined) faults.push({ path: [...path, name], detail: 'is required' });
      amount([...path, 'unit_price']);
      const quantity = line['quantity'];
      if (quantity !== undefined && !/^[1-9]\d{0,5}$/.test(text(quantity))) faults.push({ path: [...path, 'quantity'], detail: 'must be a whole number from 1' });
    }
    if (totalOf(pricing) === null && faults.length === 0) faults.push({ path: ['pricing', 'discount'], detail: 'must not be more than everything costs' });
  }
  const required = { shipping_address: ['name', 'line1', 'city', 'postal_code', 'country'], tracking: ['number'] };
  for (const [detail, names] of Object.entries(required)) {
    const group = mine[detail];
    if (isTree(group)) for (const name of names) if (group[name] === undefined) faults.push({ path: [detail, name], detail: 'is required' });
  }
  const url = at(mine, ['tracking', 'url']);
  if (url !== undefined && !text(url).startsWith('https://')) faults.push({ path: ['tracking', 'url'], detail: 'must begin with https://' });
  return faults;
}

/** What the lines and the rest come to, in minor units; null if something in it is no number, or it is less than nothing. */
export function totalOf(pricing: Tree): number | null {
  const currency = text(pricing['currency']);
  const amount = (node: Node | undefined) => (node === undefined ? 0 : parseAmount(text(node), currency));
  const items = isTree(pricing['items']) ? Object.values(pricing['items']) : [];
  const parts = items.map((line) => {
    const price = isTree(line) ? amount(line['unit_price']) : null;
    return price === null || !isTree(line) ? null : price * Number(line['quantity']);
  });
  const [discount, shipping, tax] = [amount(pricing['discount']), amount(pricing['shipping']), amount(pricing['tax'])];
  if (parts.some((part) => part === null) || discount === null || shipping === null || tax === null) return null;
  const total = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0) - discount + shipping + (pricing['tax_included'] === true ? 0 : tax);
  return Number.isSafeInteger(total) && total >= 0 ? total : null;
}

/** The draft as a merge patch for its version. Everything in it has to be in order. */
export function patchOf({ base, mine }: Draft): DetailsPatch {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const [before, after] = [base[name], mine[name]];
    if (same(before, after)) continue;
    patch[name] = name === 'pricing' && isTree(after) ? pricingPatch(isTree(before) ? before : {}, after) : nodePatch(before, after);
  }
  return patch;
}

function nodePatch(before: Node | undefined, after: Node | undefined): unknown {
  if (!isTree(after)) return after ?? null;
  if (!isTree(before)) return after;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].filter((name) => !same(before[name], after[name])).map((name) => [name, nodePatch(before[name], after[name])]));
}

/** Amounts are sent in minor units, lines as a whole, and the total such that it adds up. */
function pricingPatch(before: Tree, after: Tree): Record<string, unknown> {
  const currency = text(after['currency']);
  const minor = (node: Node | undefined) => (node === undefined ? 0 : (parseAmount(text(node), currency) ?? 0));
  const patch: Record<string, unknown> = {};
  for (const name of ['discount', 'shipping', 'tax']) {
    if (!same(before[name], after[name])) patch[name] = minor(after[name]);
  }
  if (!same(before['tax_included'], after['tax_included'])) patch['tax_included'] = after['tax_included'] === true;
  const items = isTree(after['items']) ? after['items'] : {};
  if (!same(before['items'], items)) {
    patch['items'] = Object.entries(items).flatMap(([key, line]): LineItem[] => isTree(line) ? [{
      line_id: lineIdOf(key), title: text(line['title']), sku: text(line['sku']), quantity: Number(line['quantity']), unit_price: minor(line['unit_price']),
    }] : []);
  }
  const total = totalOf(after);
  if (total !== totalOf(before) && total !== null) patch['total'] = total;
  return patch;
}
