import type { Pricing } from '@waybill/client';
import { money } from '../format.ts';
import css from './order-items.module.css';

/** What was ordered, and how the total comes about. */
export function OrderItems({ pricing }: { pricing: Pricing }) {
  const { currency, items, discount, shipping, tax, tax_included, total } = pricing;
  const amount = (minor: number) => money(minor, currency);
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col" className={css.amount}>Qty</th>
          <th scope="col" className={css.unit}>Each</th>
          <th scope="col" className={css.amount}>Amount</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ line_id, title, sku, quantity, unit_price }) => (
          <tr key={line_id}>
            <td>
              {title}
              <small>{sku}</small>
            </td>
            <td className={css.amount}>{quantity}</td>
            <td className={css.unit}>{amount(unit_price)}</td>
            <td className={css.amount}>{amount(unit_price * quantity)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        {discount > 0 && <Sum name="Discount" value={`−${amount(discount)}`} />}
        <Sum name="Shipping" value={shipping === 0 ? 'Free' : amount(shipping)} />
        {tax > 0 && <Sum name={tax_included ? 'Tax, included' : 'Tax'} value={amount(tax)} />}
        <Sum name="Total" value={amount(total)} strong />
      </tfoot>
    </table>
  );
}

function Sum({ name, value, strong = false }: { name: string; value: string; strong?: boolean }) {
  return (
    <tr data-strong={strong || undefined}>
      <th scope="row" colSpan={2}>{name}</th>
      <td className={css.unit} />
      <td className={css.amount}>{value}</td>
    </tr>
  );
}
