import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { CANCEL_REASONS, type CancelReason } from '@waybill/client';
import { type SubmitEvent, useState } from 'react';
import { REASON_NAMES } from '../describe.ts';
import { useMe } from '../me.ts';

interface Props {
  opened: boolean;
  busy: boolean;
  onClose: () => void;
  onCancel: (reason: CancelReason, message: string) => void;
}

/** Asks why; a customer who cancels has but one reason that concerns us. */
export function CancelDialog({ opened, busy, onClose, onCancel }: Props) {
  const { isStaff } = useMe();
  const [reason, setReason] = useState<CancelReason>('customer');
  const [message, setMessage] = useState('');
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    onCancel(reason, message.trim());
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Cancel this order">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed">A cancelled order stays cancelled.</Text>
          {isStaff && (
            <>
              <NativeSelect
                label="Reason" value={reason} data={CANCEL_REASONS.map((value) => ({ value, label: REASON_NAMES[value] }))}
                onChange={(event) => setReason(event.currentTarget.value as CancelReason)}
              />
              <Textarea
                label="Message to the customer" autosize minRows={2} maxLength={1000}
                value={message} onChange={(event) => setMessage(event.currentTarget.value)}
              />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>Keep it</Button>
            <Button type="submit" color="red" loading={busy}>Cancel the order</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
