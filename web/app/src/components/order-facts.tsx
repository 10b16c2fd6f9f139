import { Anchor } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { Address, OrderView, Tracking } from '@waybill/client';
import type { ReactNode } from 'react';
import { day } from '../format.ts';
import css from './order-facts.module.css';

export function OrderFacts({ order }: { order: OrderView }) {
  return (
    <dl className={css.facts}>
      <Fact name="Ship to">{order.shipping_address ? <AddressLines address={order.shipping_address} /> : 'No address'}</Fact>
      <Fact name="Tracking">{order.tracking ? <TrackingLink tracking={order.tracking} /> : 'Not yet shipped'}</Fact>
      {order.estimated_delivery !== undefined && <Fact name="Estimated delivery">{day(order.estimated_delivery)}</Fact>}
      {order.notes !== undefined && <Fact name="Notes">{order.notes}</Fact>}
      {Object.entries(order.metadata ?? {}).map(([key, value]) => <Fact key={key} name={key}>{value}</Fact>)}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function AddressLines({ address }: { address: Address }) {
  const { name, company, line1, line2, city, region, postal_code, country, phone, email } = address;
  const place = [postal_code, city, region].filter(Boolean).join(' ');
  const lines = [name, company, line1, line2, place, countryName(country), phone, email].filter((line) => line !== undefined && line !== '');
  return lines.map((line) => <span key={line} className={css.line}>{line}</span>);
}

function countryName(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

function TrackingLink({ tracking: { carrier, number, url } }: { tracking: Tracking }) {
  return (
    <>
      {carrier !== undefined && <span className={css.line}>{carrier}</span>}
      {url?.startsWith('https://') ? (
        <Anchor href={url} target="_blank" rel="noreferrer" className={css.number ?? ''} inherit>
          {number} <IconExternalLink size={14} aria-label="opens a new tab" />
        </Anchor>
      ) : (
        <span className={css.number}>{number}</span>
      )}
    </>
  );
}
