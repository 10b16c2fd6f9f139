import { Button } from '@mantine/core';
import { IconAlertTriangle, IconDeviceFloppy } from '@tabler/icons-react';
import type { FieldError, OrderEvent, OrderView } from '@waybill/client';
import { messageOf, ProblemError, requestJson, useWaybill } from '@waybill/client/react';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { announcer } from '../../announcer.tsx';
import { randomKey, updateOrder } from '../../api.ts';
import { useMe } from '../../me.ts';
import { Note } from '../note.tsx';
import { ColleagueNote } from './colleague-note.tsx';
import { DETAIL_LABELS, type DetailName, lineKey } from './details.ts';
import { changedDetails, discard, type Draft, faultsOf, isChanged, patchOf } from './draft.ts';
import { AddressSection, MetadataSection, NotesSection, PricingSection, TrackingSection } from './edit-sections.tsx';
import css from './edit-order.module.css';
import type { Editing } from './kept-drafts.ts';
import { isTree, type Path } from './merge.ts';

interface Props {
  order: OrderView;
  /** Whether `order`, and so what it allows, is known whole. */
  settled: boolean;
  events: readonly OrderEvent[];
  editing: Editing & { draft: Draft };
  put: (order: OrderView) => void;
}

export interface Fault {
  readonly path: Path;
  readonly detail: string;
}

/** The details that may be changed, as a form on top of the newest version of the order. */
export function EditOrder({ order, settled, events, editing, put }: Props) {
  const { draft, end } = editing;
  const client = useWaybill();
  const { isStaff, subject } = useMe();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const sent = useRef({ what: '', key: '' });
  useEffect(() => form.current?.querySelector<HTMLElement>('input, textarea')?.focus(), []);

  const allowed = allowedFields(order);
  const changed = changedDetails(draft);
  const locked = settled ? changed.filter((name) => !allowed.has(name)) : [];
  const may = (name: DetailName) => allowed.has(name);

  async function save(): Promise<void> {
    const patch = patchOf(draft);
    // A repeat of what got no answer carries the same key; anything else a new one.
    const what = JSON.stringify([draft.version, patch]);
    if (sent.current.what !== what) sent.current = { what, key: randomKey() };
    setBusy(true);
    setFailure(null);
    try {
      const { order: written } = await updateOrder(client, order.order_id, draft.version, patch, sent.current.key);
      // Metadata is nothing that customers see.
      announcer.confirm(written, 'updated', isStaff && changed.some((name) => name !== 'metadata'));
      put(written);
      end();
    } catch (error) {
      setFailure(error);
      if (error instanceof ProblemError) {
        const { status, errors = [] } = error.problem;
        setFaults(errors.map((fault) => faultAt(fault, draft)));
        // Somebody was faster, and word of it is still on its way.
        if (status === 409 || status === 412) await requestJson<OrderView>(client, `/v1/orders/${order.order_id}`).then(put, () => undefined);
      }
    } finally {
      setBusy(false);
    }
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setFailure(null);
    const found = faultsOf(draft.mine).filter(({ path: [name = ''] }) => changed.includes(name));
    setFaults(found);
    if (!isChanged(draft)) end();
    else if (found.length > 0) focusOn(form.current, '[aria-invalid="true"]');
    else if (draft.clashes.length > 0) focusOn(form.current, '[data-clash] button');
    else if (locked.length === 0) void save();
  }

  const section = { draft, set: editing.set, faults, events };
  return (
    <form ref={form} className={css.form} onSubmit={submit} aria-label="Edit the order" noValidate>
      <ColleagueNote draft={draft} events={events} me={subject} />
      {locked.length > 0 && <Locked names={locked} order={order} onDiscard={() => editing.set((now) => locked.reduce(discard, now))} />}
      {failure !== null && <Refused failure={failure} faults={faults} />}
      {may('shipping_address') && <AddressSection {...section} />}
      {may('tracking') && <TrackingSection {...section} withDelivery={may('estimated_delivery')} />}
      {may('notes') && <NotesSection {...section} />}
      {may('pricing') && <PricingSection {...section} />}
      {may('metadata') && <MetadataSection {...section} />}
      <div className={css.foot}>
        {draft.clashes.length > 0 && <span className={css.open}>{draft.clashes.length === 1 ? 'One field is' : `${draft.clashes.length} fields are`} still to be decided.</span>}
        <Button variant="default" onClick={end} disabled={busy}>{isChanged(draft) ? 'Discard changes' : 'Close'}</Button>
        <Button type="submit" loading={busy} leftSection={<IconDeviceFloppy size={17} />} disabled={!isChanged(draft) || locked.length > 0}>Save</Button>
      </div>
    </form>
  );
}

export function allowedFields(order: OrderView): ReadonlySet<string> {
  return new Set((order.allowed_actions ?? []).flatMap((action) => (action.action === 'update' ? action.fields : [])));
}

// After the faults are drawn.
function focusOn(form: HTMLFormElement | null, what: string): void {
  setTimeout(() => form?.querySelector<HTMLElement>(what)?.focus(), 0);
}

/** The server names fields as they are in the body, lines by their place. */
function faultAt({ field, detail }: FieldError, { mine }: Draft): Fault {
  const pricing = mine['pricing'];
  const items = isTree(pricing) && isTree(pricing['items']) ? Object.keys(pricing['items']) : [];
  const path = field.split('.').flatMap((step) => {
    const [, name, place] = /^(\w+)\[(\d+)\]$/.exec(step) ?? [];
    return name === undefined ? [step] : [name, items[Number(place)] ?? lineKey(place ?? '')];
  });
  return { path, detail };
}

function Locked({ names, order, onDiscard }: { names: string[]; order: OrderView; onDiscard: () => void }) {
  const what = names.map((name) => DETAIL_LABELS[name as DetailName].toLowerCase()).join(', ');
  return (
    <Note tone="warn" alert icon={<IconAlertTriangle size={18} />} title="Some of this can no longer be changed">
      <p>The order is {order.status} by now. What you changed of {what} cannot be saved.</p>
      <Button size="xs" variant="default" onClick={onDiscard}>Discard these changes</Button>
    </Note>
  );
}

function Refused({ failure, faults }: { failure: unknown; faults: readonly Fault[] }) {
  const status = failure instanceof ProblemError ? failure.problem.status : 0;
  const overtaken = status === 409 || status === 412;
  return (
    <Note
      tone={overtaken ? 'warn' : 'bad'} alert icon={<IconAlertTriangle size={18} />}
      title={overtaken ? 'Not saved: somebody was faster' : 'Not saved'}
    >
      <p>
        {overtaken
          ? 'The order had changed before your changes came. Nothing was overwritten: below are both, yours and what is new. Look them over, and save again.'
          : messageOf(failure)}
      </p>
      {faults.length > 0 && <ul>{faults.map(({ path, detail }) => <li key={path.join('.')}>{path.join('.')}: {detail}</li>)}</ul>}
    </Note>
  );
}

