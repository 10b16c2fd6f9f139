import { Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { CANCEL_REASONS, type CancelReason } from '@waybill/client';
import { type SubmitEvent, useState } from 'react';
import type { Remarks } from '../api.ts';
import { REASON_NAMES } from '../describe.ts';
import { useMe } from '../me.ts';
import { SaidFields } from './move-dialog.tsx';

interface Props {
  opened: boolean;
  busy: boolean;
  onClose: () => void;
  onCancel: (reason: CancelReason, said: Remarks) => void;
}

/** Asks why; a customer who cancels has but one reason that concerns us. */
export function CancelDialog({ opened, busy, onClose, onCancel }: Props) {
  const { isStaff } = useMe();
  const [reason, setReason] = useState<CancelReason>('customer');
  const [message, setMessage] = useState('');
  const [note, setNote] = useState('');
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    onCancel(reason, { message: message.trim(), note: note.trim() });
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
              <SaidFields message={message} note={note} onMessage={setMessage} onNote={setNote} />
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
