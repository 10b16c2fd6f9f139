import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import type { MoveDetails } from '../api.ts';

interface Props {
  opened: boolean;
  busy: boolean;
  onClose: () => void;
  onShip: (details: MoveDetails, message: string) => void;
}

/** Asks what the customer needs in order to follow the parcel. */
export function ShipDialog({ opened, busy, onClose, onShip }: Props) {
  const [carrier, setCarrier] = useState('');
  const [number, setNumber] = useState('');
  const [delivery, setDelivery] = useState('');
  const [message, setMessage] = useState('');
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const tracking = { number: number.trim(), ...(carrier.trim() && { carrier: carrier.trim() }) };
    onShip({ tracking, ...(delivery && { estimated_delivery: delivery }) }, message.trim());
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Ship this order">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Tracking number" required data-autofocus maxLength={100} autoComplete="off"
            value={number} onChange={(event) => setNumber(event.currentTarget.value)}
          />
          <TextInput
            label="Carrier" maxLength={100} placeholder="Royal Mail, DHL, …"
            value={carrier} onChange={(event) => setCarrier(event.currentTarget.value)}
          />
          <TextInput
            label="Estimated delivery" type="date" value={delivery} onChange={(event) => setDelivery(event.currentTarget.value)}
          />
          <Textarea
            label="Message to the customer" autosize minRows={2} maxLength={1000}
            value={message} onChange={(event) => setMessage(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Back</Button>
            <Button type="submit" loading={busy} disabled={number.trim() === ''}>Ship</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
