import type { OrderView } from '@waybill/client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountText, detailsOf, lineKey, parseAmount } from './details.ts';
import { beginDraft, changedDetails, choose, type Draft, edit, faultsOf, patchOf, rebase, totalOf } from './draft.ts';
import { at, differences, isTree, merge, type Node, type Path, same, type Tree } from './merge.ts';

const ADDRESS = { name: 'Ada', line1: '1 Road', city: 'Leeds', postal_code: 'LS1', country: 'GB' };
const TEA = { line_id: '2', sku: 'TEA', title: 'Tea', quantity: 1, unit_price: 1450 };
const MUG = { line_id: '1', sku: 'MUG', title: 'Mug', quantity: 1, unit_price: 1450 };
const ORDER: OrderView = {
  order_id: 'o', order_number: 'ORD-1', customer_id: 'ada', status: 'pending', version: 1, placed_at: '', created_at: '', updated_at: '',
  pricing: {
    currency: 'EUR', discount: 0, shipping: 490, tax: 0, tax_included: true, total: 3390,
    items: [TEA, MUG],
  },
  shipping_address: ADDRESS,
  notes: 'Ring twice', metadata: { batch: '7' },
};
const later = (change: Partial<OrderView>, version = ORDER.version + 1): OrderView => ({ ...ORDER, ...change, version });
const CITY = ['shipping_address', 'city'];

/** RFC 7396. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = typeof target === 'object' && target !== null ? { ...(target as Record<string, unknown>) } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]; // eslint-disable-line @typescript-eslint/no-dynamic-delete -- Its names are the patch's.
    else result[name] = applied(result[name], value);
  }
  return result;
}
const saved = (draft: Draft, order: OrderView) => applied(order, patchOf(draft)) as OrderView;

// Few names and few texts, so that both sides meet.
const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; node: Node }>((tie) => ({
  tree: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { maxKeys: 3, depthIdentifier: 'tree' }),
  node: fc.oneof({ depthIdentifier: 'tree', maxDepth: 3 }, fc.constantFrom('x', 'y', 'z', true), tie('tree')),
})).tree;

function leaves(...trees: Tree[]): Path[] {
  const paths: Path[] = [];
  const walk = (path: Path, node: Node) => {
    if (isTree(node)) for (const [name, below] of Object.entries(node)) walk([...path, name], below);
    else paths.push(path);
  };
  for (const tree of trees) walk([], tree);
  return paths;
}
const covers = (group: Path, path: Path) => group.every((name, i) => path[i] === name);

test('merging loses no change of anybody: what one touched is as he left it, and what both touched is asked', () => {
  fc.assert(fc.property(tree, tree, tree, (base, mine, theirs) => {
    const merged = merge(base, mine, theirs);
    for (const path of leaves(base, mine, theirs)) {
      if (merged.clashes.some((clash) => covers(clash.path, path))) continue;
      const [was, my, their, is] = [base, mine, theirs, merged.tree].map((tree) => at(tree, path));
      if (!same(was, my)) expect(is).toEqual(my);
      if (!same(was, their)) expect(is).toEqual(their);
      if (same(was, my) && same(was, their)) expect(is).toEqual(was);
    }
    // Nobody is asked without need.
    for (const { path } of merged.clashes) {
      const [was, my, their] = [base, mine, theirs].map((tree) => at(tree, path));
      expect(same(was, my) || same(was, their) || same(my, their)).toBe(false);
    }
  }));
});

test('a merge in which nobody has to be asked comes to the same whoever is asked', () => {
  fc.assert(fc.property(tree, tree, tree, (base, mine, theirs) => {
    const [one, other] = [merge(base, mine, theirs), merge(base, theirs, mine)];
    if (one.clashes.length === 0) expect(same(one.tree, other.tree)).toBe(true);
    expect(one.clashes.length).toBe(other.clashes.length);
  }));
});

test('what was open stays open over further changes, until it is decided or they agree', () => {
  const mine = edit(beginDraft(ORDER), CITY, 'York');
  const theirs = (city: string, version: number) => later({ shipping_address: { ...ADDRESS, city } }, version);
  const once = rebase(mine, theirs('Hull', 2));
  expect(once.clashes).toEqual([{ path: CITY, base: 'Leeds', mine: 'York', theirs: 'Hull' }]);
  const still = rebase(once, { ...theirs('Hull', 3), notes: 'Ring once' });
  expect(still.clashes.map(({ theirs }) => theirs)).toEqual(['Hull']);
  expect(rebase(still, theirs('Bath', 4)).clashes.map(({ theirs }) => theirs)).toEqual(['Bath']);
  expect(rebase(still, theirs('York', 4)).clashes).toEqual([]);
  const [clash] = still.clashes;
  if (!clash) throw new Error('it is open');
  expect(patchOf(choose(still, clash, 'mine'))).toEqual({ shipping_address: { city: 'York' } });
  expect(patchOf(choose(still, clash, 'theirs'))).toEqual({});
});

test('what is sent is what was changed, and nothing that a colleague did is undone by it', () => {
  const mine = edit(edit(beginDraft(ORDER), CITY, 'York'), ['metadata', 'batch'], undefined);
  const theirs = later({ notes: 'Ring once', shipping_address: { ...ADDRESS, phone: '0123' }, metadata: { batch: '7', wave: '2' } });
  const draft = rebase(mine, theirs);
  expect(draft).toMatchObject({ version: 2, clashes: [], taken: [['shipping_address', 'phone'], ['notes'], ['metadata', 'wave']] });
  expect(patchOf(draft)).toEqual({ shipping_address: { city: 'York' }, metadata: { batch: null } });
  expect(saved(draft, theirs)).toMatchObject({ notes: 'Ring once', shipping_address: { city: 'York', phone: '0123' }, metadata: { wave: '2' } });
});

test('lines of two people end up together, in the order that they had, and the total follows', () => {
  const mine = edit(beginDraft(ORDER), ['pricing', 'items', lineKey('1'), 'quantity'], '3');
  const added = { line_id: '9', sku: 'SOAP', title: 'Soap', quantity: 1, unit_price: 100 };
  const theirs = later({ pricing: { ...ORDER.pricing, discount: 200, total: 3290, items: [...ORDER.pricing.items, added] } });
  const draft = rebase(mine, theirs);
  expect(draft.clashes).toEqual([]);
  const { pricing } = saved(draft, theirs);
  expect(pricing.items.map(({ line_id, quantity }) => [line_id, quantity])).toEqual([['2', 1], ['1', 3], ['9', 1]]);
  expect(pricing).toMatchObject({ discount: 200, total: 1450 + 3 * 1450 + 100 - 200 + 490 });
});

test('a line that one took away and the other changed is asked about as a whole', () => {
  const line = ['pricing', 'items', lineKey('1')];
  const gone = edit(beginDraft(ORDER), line, undefined);
  const theirs = later({ pricing: { ...ORDER.pricing, items: [TEA, { ...MUG, quantity: 5 }], total: 9190 } });
  const draft = rebase(gone, theirs);
  expect(draft.clashes.map(({ path }) => path)).toEqual([line]);
  const [clash] = draft.clashes;
  if (!clash) throw new Error('it is open');
  expect(patchOf(choose(draft, clash, 'theirs'))).toEqual({});
  expect(saved(choose(draft, clash, 'mine'), theirs).pricing.items).toEqual([TEA]);
});

test('an address that one took away is not left in halves', () => {
  const without: OrderView = { ...ORDER, version: 2 };
  delete without.shipping_address;
  const draft = rebase(edit(beginDraft(ORDER), CITY, 'York'), without);
  expect(draft.clashes.map(({ path }) => path)).toEqual([['shipping_address']]);
});

test('saving any edits on top of any version changes just these', () => {
  const order = fc.record({
    notes: fc.constantFrom('a', 'b'), estimated_delivery: fc.constantFrom('2026-01-01', '2026-01-02'),
    metadata: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('1', '2')),
    shipping_address: fc.record({ name: fc.constant('Ada'), line1: fc.constant('1'), city: fc.constantFrom('York', 'Hull'), postal_code: fc.constant('1'), country: fc.constant('GB'), phone: fc.constantFrom('111', '222') }),
  });
  fc.assert(fc.property(order, order, order, (base, mine, theirs) => {
    const begun = beginDraft({ ...ORDER, ...base });
    const draft = rebase({ ...begun, mine: detailsOf({ ...ORDER, ...mine }) }, later(theirs));
    expect(detailsOf(saved(draft, later(theirs)))).toEqual(draft.mine);
    expect(differences(detailsOf(later(theirs)), draft.mine).map(({ path: [name] }) => name)).toEqual(expect.arrayContaining(changedDetails(draft)));
  }));
});

test('amounts are read as they are typed, in the digits of their currency', () => {
  expect(['12.5', '12,50', '12', '.5', '1.005', '-1', 'x', ''].map((text) => parseAmount(text, 'EUR'))).toEqual([1250, 1250, 1200, null, null, null, null, null]);
  expect([amountText(5, 'EUR'), amountText(1250, 'JPY'), parseAmount('12', 'JPY'), parseAmount('1.5', 'JPY')]).toEqual(['0.05', '1250', 12, null]);
  fc.assert(fc.property(fc.nat(), fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
    expect(parseAmount(amountText(minor, currency), currency)).toBe(minor);
  }));
});

test('what cannot be saved is said at its field', () => {
  let draft = edit(beginDraft(ORDER), ['pricing', 'items', lineKey('1'), 'quantity'], '0');
  draft = edit(edit(draft, ['tracking', 'url'], 'javascript:alert(1)'), CITY, '');
  expect(faultsOf(draft.mine).map(({ path }) => path.join('.'))).toEqual([
    'pricing.items.#1.quantity', 'shipping_address.city', 'tracking.number', 'tracking.url',
  ]);
  expect(totalOf({ currency: 'EUR', items: {}, discount: '1.00' })).toBeNull();
});
