/** One command for many orders, each by itself, and each done once however often it is asked for with the same key. */
import type { BulkCancel, BulkStatus, Problem, RowResult } from '../src/contract.ts';
import type { FakeShop } from './fake-shop.ts';

type Asked = Partial<BulkStatus & BulkCancel> & Pick<BulkStatus, 'orders'>;

export class FakeBulk {
  private readonly shop: FakeShop;
  /** What was answered, by key and place. */
  private readonly done = new Map<string, RowResult>();

  constructor(shop: FakeShop) {
    this.shop = shop;
  }

  run(asked: Asked, key: string | undefined): object {
    const results = asked.orders.map((row, i) => {
      const name = `${key ?? ''} ${i}`;
      const earlier = key === undefined ? undefined : this.done.get(name);
      if (earlier) return { ...earlier, replayed: true };
      const result = this.row(asked, row);
      if (result.outcome !== 'refused') this.done.set(name, result);
      return result;
    });
    const failed = results.filter(({ outcome }) => outcome === 'refused').length;
    return { succeeded: results.length - failed, failed, results };
  }

  private row({ to, reason }: Asked, { order_id, expected_version }: BulkStatus['orders'][number]): RowResult {
    const refused = (status: number, code: string, detail: string, more: Partial<Problem> = {}): RowResult =>
      ({ order_id, outcome: 'refused', problem: { type: `/docs/problems#${code}`, title: code, status, code, detail, ...more } });
    const order = this.shop.orders.get(order_id);
    if (!order) return refused(404, 'not_found', 'There is no such order.');
    if (expected_version !== undefined && expected_version !== order.version) {
      const changes = this.shop.log.map(({ event }) => event)
        .filter((event) => event.order_id === order_id && event.version > expected_version);
      return refused(409, 'version_conflict', 'The order has changed since you looked.', {
        current_version: order.version, changes, changes_complete: true,
      });
    }
    const allowed = this.shop.view(order).allowed_actions ?? [];
    const may = allowed.some((action) => (reason ? action.action === 'cancel' : action.action === 'change_status' && action.to === to));
    const receipt = () => ({ order_id, version: order.version, cursor: `c${this.shop.log.length}` });
    if (order.status === (reason ? 'cancelled' : to)) return { ...receipt(), outcome: 'unchanged' };
    if (!may) return refused(409, 'illegal_transition', `An order that is ${order.status} cannot become ${reason ? 'cancelled' : String(to)}.`, { allowed_actions: allowed });
    if (reason) this.shop.cancel(order_id, reason);
    else if (to) this.shop.move(order_id, to);
    return { ...receipt(), outcome: 'applied' };
  }
}
