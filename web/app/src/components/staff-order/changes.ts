/** What changed, as rows of before and after. */
import type { Change, OrderView, Pricing } from '@waybill/client';
import { REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { money } from '../../format.ts';
import { detailNode, detailsOf, labelOf, textOf } from './details.ts';
import { differences, type Path, type Tree } from './merge.ts';

export interface ChangeRow {
  readonly key: string;
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** The rows of one change of an event. */
export function changeRows(change: Change): ChangeRow[] {
  const tree = (value: unknown): Tree => {
    const node = detailNode(change.kind, value);
    return node === undefined ? {} : { [change.kind]: node };
  };
  const pricing = change.kind === 'pricing' ? [change.before, change.after] as const : null;
  return [...rowsBetween(tree(change.before), tree(change.after)), ...totals(pricing?.[0], pricing?.[1])];
}

/** The rows between two versions of an order. */
export function versionRows(before: OrderView, after: OrderView): ChangeRow[] {
  const rows: ChangeRow[] = [];
  if (before.status !== after.status) {
    rows.push({ key: 'status', label: 'Status', before: STATUS_NAMES[before.status], after: STATUS_NAMES[after.status] });
  }
  if (after.cancel_reason && before.cancel_reason !== after.cancel_reason) {
    rows.push({ key: 'reason', label: 'Reason', before: 'none', after: REASON_NAMES[after.cancel_reason] });
  }
  return [...rows, ...rowsBetween(detailsOf(before), detailsOf(after)), ...totals(before.pricing, after.pricing)];
}

/** Names of what changed, as the facts of an order go by them. */
export function markedFacts(before: OrderView, after: OrderView): ReadonlySet<string> {
  const paths = differences(detailsOf(before), detailsOf(after)).map(({ path }) => path);
  return new Set(paths.map(([detail = '', field]) => (detail === 'metadata' && field !== undefined ? `metadata.${field}` : detail)));
}

function rowsBetween(before: Tree, after: Tree): ChangeRow[] {
  const currency = currencyOf(after) ?? currencyOf(before) ?? 'EUR';
  const text = (node: Parameters<typeof textOf>[0], path: Path) => textOf(node, path, currency);
  return differences(before, after).map(({ path, before: was, after: is }) => ({
    key: path.join('.'), label: labelOf(path, after, before), before: text(was, path), after: text(is, path),
  }));
}

function currencyOf(tree: Tree): string | undefined {
  const pricing = tree['pricing'];
  const currency = typeof pricing === 'object' ? pricing['currency'] : undefined;
  return typeof currency === 'string' ? currency : undefined;
}

function totals(before: Pricing | null | undefined, after: Pricing | null | undefined): ChangeRow[] {
  if (!before || !after || (before.total === after.total && before.currency === after.currency)) return [];
  const amount = ({ total, currency }: Pricing) => money(total, currency);
  return [{ key: 'total', label: 'Total', before: amount(before), after: amount(after) }];
}
