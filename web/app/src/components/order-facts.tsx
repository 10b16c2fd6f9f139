import { Anchor } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { Address, OrderView, Tracking } from '@waybill/client';
import { type ReactNode, useEffect, useState } from 'react';
import { day } from '../format.ts';
import { Flash } from './flash.tsx';
import css from './order-facts.module.css';

/** `marked`: names of details that are shown as changed. */
export function OrderFacts({ order, marked }: { order: OrderView; marked?: ReadonlySet<string> | undefined }) {
  const { shipping_address: address, tracking, estimated_delivery: expected, notes, metadata = {} } = order;
  // What comes to it later lights up.
  const [drawn, setDrawn] = useState(false);
  useEffect(() => setDrawn(true), []); // eslint-disable-line react-hooks/set-state-in-effect -- Known only once it was drawn.
  const fact = (name: string, detail: string, value: object | string | undefined, content: ReactNode) => (
    <Fact name={name} value={JSON.stringify(value ?? null)} marked={marked?.has(detail)} late={drawn}>{content}</Fact>
  );
  return (
    <dl className={css.facts}>
      {fact('Ship to', 'shipping_address', address, address ? <AddressLines address={address} /> : 'No address')}
      {fact('Tracking', 'tracking', tracking, tracking ? <TrackingLink tracking={tracking} /> : 'No parcel number yet')}
      {expected !== undefined && fact('Estimated delivery', 'estimated_delivery', expected, day(expected))}
      {notes !== undefined && fact('Notes', 'notes', notes, notes)}
      {Object.entries(metadata).map(([key, value]) => (
        <Fact key={key} name={key} value={value} marked={marked?.has(`metadata.${key}`)} late={drawn}>{value}</Fact>
      ))}
    </dl>
  );
}

function Fact({ name, value, marked = false, late, children }: {
  name: string; value: string; marked?: boolean | undefined; late: boolean; children: ReactNode;
}) {
  return (
    <div data-marked={marked || undefined}>
      <dt>
        {name}
        {marked && <span className={css.mark}> changed</span>}
      </dt>
      <dd><Flash of={value} late={late}>{children}</Flash></dd>
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
