import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import type { OrderView, Status, Tracking } from '@waybill/client';
import { type SubmitEvent, useState } from 'react';
import type { MoveDetails, Remarks } from '../api.ts';
import { STATUS_NAMES } from '../describe.ts';

interface Props {
  order: OrderView;
  /** Where to; null: the dialog is closed. */
  to: Status | null;
  busy: boolean;
  onClose: () => void;
  onMove: (to: Status, details: MoveDetails | undefined, said: Remarks) => void;
}

/** Asks what goes along with a step: for a parcel what the customer needs to follow it, and what there is to say. */
export function MoveDialog({ to, onClose, ...rest }: Props) {
  const title = to === 'shipped' ? 'Ship this order' : to === null ? '' : `Mark this order as ${STATUS_NAMES[to].toLowerCase()}`;
  return (
    <Modal opened={to !== null} onClose={onClose} title={title}>
      {to !== null && <MoveForm key={to} to={to} onClose={onClose} {...rest} />}
    </Modal>
  );
}

function MoveForm({ order, to, busy, onClose, onMove }: Props & { to: Status }) {
  const ships = to === 'shipped';
  const [carrier, setCarrier] = useState(order.tracking?.carrier ?? '');
  const [number, setNumber] = useState(order.tracking?.number ?? '');
  const [url, setUrl] = useState(order.tracking?.url ?? '');
  const [delivery, setDelivery] = useState(order.estimated_delivery ?? '');
  const [message, setMessage] = useState('');
  const [note, setNote] = useState('');
  const badUrl = url.trim() !== '' && !url.trim().startsWith('https://');
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const tracking: Tracking = { number: number.trim(), ...(carrier.trim() && { carrier: carrier.trim() }), ...(url.trim() && { url: url.trim() }) };
    const details = ships ? { tracking, ...(delivery && { estimated_delivery: delivery }) } : undefined;
    onMove(to, details, { message: message.trim(), note: note.trim() });
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {ships && (
          <>
            <TextInput
              label="Tracking number" required data-autofocus maxLength={100} autoComplete="off"
              value={number} onChange={(event) => setNumber(event.currentTarget.value)}
            />
            <TextInput
              label="Carrier" maxLength={100} placeholder="Royal Mail, DHL, …"
              value={carrier} onChange={(event) => setCarrier(event.currentTarget.value)}
            />
            <TextInput
              label="Link to follow it" type="url" maxLength={2048} placeholder="https://…" error={badUrl && 'must begin with https://'}
              value={url} onChange={(event) => setUrl(event.currentTarget.value)}
            />
            <TextInput
              label="Estimated delivery" type="date" value={delivery} onChange={(event) => setDelivery(event.currentTarget.value)}
            />
          </>
        )}
        <SaidFields message={message} note={note} onMessage={setMessage} onNote={setNote} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Back</Button>
          <Button type="submit" loading={busy} disabled={ships && (number.trim() === '' || badUrl)}>
            {ships ? 'Ship' : `Mark as ${STATUS_NAMES[to].toLowerCase()}`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What is said along with a step, to whom. */
export function SaidFields({ message, note, onMessage, onNote }: {
  message: string; note: string; onMessage: (text: string) => void; onNote: (text: string) => void;
}) {
  return (
    <>
      <Textarea
        label="Message to the customer" autosize minRows={2} maxLength={1000}
        value={message} onChange={(event) => onMessage(event.currentTarget.value)}
      />
      <Textarea
        label="Internal note" description="Staff only." autosize minRows={1} maxLength={1000}
        value={note} onChange={(event) => onNote(event.currentTarget.value)}
      />
    </>
  );
}
