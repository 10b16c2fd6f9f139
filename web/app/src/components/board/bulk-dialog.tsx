import { Alert, Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { CANCEL_REASONS, type CancelReason, type OrderSummary, type Status, STATUSES } from '@waybill/client';
import { type SubmitEvent, useState } from 'react';
import { REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { plural } from '../../format.ts';
import css from './bulk.module.css';
import type { BulkCommand } from './bulk-run.ts';
import type { Ticked } from './selection.ts';

export type BulkKind = 'status' | 'cancel';

interface Props {
  /** Null: closed. */
  kind: BulkKind | null;
  ticked: readonly Ticked[];
  onClose: () => void;
  onGo: (command: BulkCommand, orders: readonly OrderSummary[]) => void;
}

const TARGETS = ['processing', 'shipped', 'delivered'] as const satisfies readonly Status[];
const LISTED = 5;

/** Asks what to do with the ticked orders, and says what there is to know before. */
export function BulkDialog({ kind, ticked, onClose, onGo }: Props) {
  return (
    <Modal opened={kind !== null} onClose={onClose} title={kind === 'cancel' ? 'Cancel orders' : 'Change status'} size="lg">
      {kind !== null && <Form kind={kind} ticked={ticked} onClose={onClose} onGo={onGo} />}
    </Modal>
  );
}

function Form({ kind, ticked, onClose, onGo }: Props & { kind: BulkKind }) {
  const [to, setTo] = useState<Status>(() => usualTarget(ticked));
  const [reason, setReason] = useState<CancelReason>('customer');
  const [message, setMessage] = useState('');
  const [note, setNote] = useState('');
  const [withChanged, setWithChanged] = useState(false);
  const changed = ticked.filter(({ seen, now }) => seen.version !== now.version);
  const chosen = ticked.filter(({ seen, now }) => withChanged || seen.version === now.version);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const said = { ...(message.trim() && { message_to_customer: message.trim() }), ...(note.trim() && { internal_note: note.trim() }) };
    onGo({ ...(kind === 'cancel' ? { reason } : { to }), ...said }, chosen.map(({ now }) => now));
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{breakdown(chosen.map(({ now }) => now))}</Text>
        {kind === 'status' ? (
          <NativeSelect
            label="New status" data-autofocus value={to} data={TARGETS.map((value) => ({ value, label: STATUS_NAMES[value] }))}
            onChange={(event) => setTo(event.currentTarget.value as Status)}
          />
        ) : (
          <NativeSelect
            label="Reason" description="A cancelled order stays cancelled." data-autofocus value={reason}
            data={CANCEL_REASONS.map((value) => ({ value, label: REASON_NAMES[value] }))}
            onChange={(event) => setReason(event.currentTarget.value as CancelReason)}
          />
        )}
        <Textarea
          label="Message to the customers" autosize minRows={2} maxLength={1000}
          value={message} onChange={(event) => setMessage(event.currentTarget.value)}
        />
        <Textarea
          label="Note for staff" autosize minRows={1} maxLength={1000}
          value={note} onChange={(event) => setNote(event.currentTarget.value)}
        />
        {changed.length > 0 && (
          <Alert color="orange" title={`${plural(changed.length, 'order has', 'orders have')} changed since you selected ${changed.length === 1 ? 'it' : 'them'}`}>
            <ul className={css.changed}>
              {changed.slice(0, LISTED).map(({ seen, now }) => (
                <li key={now.order_id}>{now.order_number}: {difference(seen, now)}</li>
              ))}
              {changed.length > LISTED && <li>and {changed.length - LISTED} more</li>}
            </ul>
            <Checkbox
              mt="xs" checked={withChanged} onChange={(event) => setWithChanged(event.currentTarget.checked)}
              label={changed.length === 1 ? 'Include it as it is now' : 'Include them as they are now'}
            />
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Back</Button>
          <Button type="submit" {...(kind === 'cancel' && { color: 'red' })} disabled={chosen.length === 0}>
            {kind === 'cancel' ? `Cancel ${plural(chosen.length, 'order')}` : `Change ${plural(chosen.length, 'order')}`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Where most of them go next. */
function usualTarget(ticked: readonly Ticked[]): Status {
  const counts = countOf(ticked.map(({ now }) => now));
  const from = STATUSES.slice(0, 3).reduce<Status>((most, status) => (counts(status) > counts(most) ? status : most), 'pending');
  return from === 'pending' ? 'processing' : from === 'processing' ? 'shipped' : 'delivered';
}

function countOf(orders: readonly OrderSummary[]): (status: Status) => number {
  return (status) => orders.filter((order) => order.status === status).length;
}

function breakdown(orders: readonly OrderSummary[]): string {
  const count = countOf(orders);
  const parts = STATUSES.filter((status) => count(status) > 0).map((status) => `${count(status).toLocaleString()} ${STATUS_NAMES[status].toLowerCase()}`);
  return `${plural(orders.length, 'order')}: ${new Intl.ListFormat('en').format(parts)}.`;
}

export function difference(before: OrderSummary, after: OrderSummary): string {
  return before.status === after.status ? 'details were changed' : `${STATUS_NAMES[before.status]} → ${STATUS_NAMES[after.status]}`;
}
