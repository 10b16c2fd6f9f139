import { ActionIcon, Button, Title } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { Address, Tracking } from '@waybill/client';
import { type ReactNode, useState } from 'react';
import { money } from '../../format.ts';
import pageCss from '../../pages/order-page.module.css';
import { ADDRESS_FIELDS, lineKey, TRACKING_FIELDS } from './details.ts';
import { edit, totalOf } from './draft.ts';
import { Clashes, Field, type SectionProps } from './edit-fields.tsx';
import css from './edit-order.module.css';
import { at, isTree, text } from './merge.ts';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={`${pageCss.card ?? ''} ${css.section ?? ''}`}>
      <legend><Title order={2} size="h5" component="span">{title}</Title></legend>
      {children}
    </fieldset>
  );
}

const ADDRESS_KINDS: Partial<Record<keyof Address, 'email' | 'tel'>> = { email: 'email', phone: 'tel' };
const ADDRESS_REQUIRED: readonly string[] = ['name', 'line1', 'city', 'postal_code', 'country'] satisfies (keyof Address)[];
const ADDRESS_LENGTHS: Partial<Record<keyof Address, number>> = { country: 2, postal_code: 20, phone: 40, email: 254, city: 120, region: 120, name: 200, company: 200 };

export function AddressSection(section: SectionProps) {
  const names = Object.keys(ADDRESS_FIELDS) as (keyof Address)[];
  const isThere = section.draft.mine['shipping_address'] !== undefined;
  return (
    <Section title="Ship to">
      <Clashes path={['shipping_address']} {...section} />
      <div className={css.grid}>
        {names.map((name) => (
          <Field
            key={name} {...section} path={['shipping_address', name]} kind={ADDRESS_KINDS[name] ?? 'text'}
            label={name === 'country' ? 'Country (two letters)' : ADDRESS_FIELDS[name]}
            required={isThere && ADDRESS_REQUIRED.includes(name)} maxLength={ADDRESS_LENGTHS[name] ?? 300}
          />
        ))}
      </div>
    </Section>
  );
}

export function TrackingSection({ withDelivery, ...section }: SectionProps & { withDelivery: boolean }) {
  const names = Object.keys(TRACKING_FIELDS) as (keyof Tracking)[];
  const isThere = section.draft.mine['tracking'] !== undefined;
  return (
    <Section title="Delivery">
      <Clashes path={['tracking']} {...section} />
      <div className={css.grid}>
        {names.map((name) => (
          <Field
            key={name} {...section} path={['tracking', name]} label={TRACKING_FIELDS[name]} required={isThere && name === 'number'}
            kind={name === 'url' ? 'url' : 'text'} maxLength={name === 'url' ? 2048 : 100}
          />
        ))}
        {withDelivery && <Field {...section} path={['estimated_delivery']} label="Estimated delivery" kind="date" />}
      </div>
    </Section>
  );
}

export function NotesSection(section: SectionProps) {
  return <Section title="Notes"><Field {...section} path={['notes']} label="Notes of the customer" kind="long" maxLength={4000} /></Section>;
}

/** Not a number in a row: two people may add a line at the same time. */
function newLineId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function PricingSection(section: SectionProps) {
  const { draft, set } = section;
  const pricing = draft.mine['pricing'];
  if (!isTree(pricing)) return null;
  const items = isTree(pricing['items']) ? pricing['items'] : {};
  const currency = text(pricing['currency']);
  const total = totalOf(pricing);
  const removed = draft.clashes.filter(({ path }) => path.length === 3 && at(draft.mine, path) === undefined);
  const remove = (key: string) => set((now) => edit(now, ['pricing', 'items', key], undefined));
  const add = () => set((now) => edit(now, ['pricing', 'items', lineKey(newLineId())], { quantity: '1' }));
  return (
    <Section title="Items and prices">
      {Object.entries(items).map(([key, line], i) => (
        <div key={key} className={css.line} role="group" aria-label={`Item ${i + 1}`}>
          <Clashes path={['pricing', 'items', key]} {...section} />
          <Field {...section} path={['pricing', 'items', key, 'title']} label="Title" required wide />
          <Field {...section} path={['pricing', 'items', key, 'sku']} label="Article number" required maxLength={64} />
          <Field {...section} path={['pricing', 'items', key, 'quantity']} label="Quantity" required kind="whole" maxLength={6} />
          <Field {...section} path={['pricing', 'items', key, 'unit_price']} label={`Each, ${currency}`} required kind="amount" maxLength={18} />
          <ActionIcon
            variant="subtle" color="gray" size="lg" className={css.remove ?? ''} onClick={() => remove(key)}
            aria-label={`Remove ${isTree(line) ? text(line['title']) || 'this line' : 'this line'}`}
          >
            <IconTrash size={17} />
          </ActionIcon>
        </div>
      ))}
      {removed.map(({ path }) => <Clashes key={path.join('.')} path={path} {...section} />)}
      <Faults section={section} />
      <Button variant="default" size="xs" className={css.add ?? ''} leftSection={<IconPlus size={15} />} onClick={add}>Add a line</Button>
      <div className={css.grid}>
        <Field {...section} path={['pricing', 'discount']} label={`Discount, ${currency}`} kind="amount" maxLength={18} />
        <Field {...section} path={['pricing', 'shipping']} label={`Shipping, ${currency}`} kind="amount" maxLength={18} />
        <Field {...section} path={['pricing', 'tax']} label={`Tax, ${currency}`} kind="amount" maxLength={18} />
        <Field {...section} path={['pricing', 'tax_included']} label="Tax is in the prices" kind="check" />
      </div>
      <p className={css.total}>Total: <output>{total === null ? 'not a sum yet' : money(total, currency)}</output></p>
    </Section>
  );
}

/** What is wrong with the lines as a whole. */
function Faults({ section }: { section: SectionProps }) {
  const found = section.faults.filter(({ path }) => path.join('.') === 'pricing.items' || path.join('.') === 'pricing.total');
  return found.map(({ detail }) => <p key={detail} className={css.fault} role="alert">Items {detail}</p>);
}

export function MetadataSection(section: SectionProps) {
  const { draft } = section;
  const [name, setName] = useState('');
  const [added, setAdded] = useState<readonly string[]>([]);
  const metadata = draft.mine['metadata'];
  const base = draft.base['metadata'];
  const names = [...new Set([...Object.keys(isTree(base) ? base : {}), ...Object.keys(isTree(metadata) ? metadata : {}), ...added])];
  const key = name.trim();
  return (
    <Section title="Metadata">
      <div className={css.grid}>
        {names.map((name) => <Field key={name} {...section} path={['metadata', name]} label={name} maxLength={1000} />)}
      </div>
      <div className={css.adding}>
        <input
          className={css.name} aria-label="Name of a new entry" placeholder="New entry" value={name} maxLength={64}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          variant="default" size="xs" leftSection={<IconPlus size={15} />} disabled={key === '' || names.includes(key)}
          onClick={() => {
            setAdded([...added, key]);
            setName('');
          }}
        >
          Add
        </Button>
      </div>
    </Section>
  );
}
