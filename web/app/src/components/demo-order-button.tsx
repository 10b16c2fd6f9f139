import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { messageOf, useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { placeDemoOrder } from '../api.ts';

/** Places an order to try things out with; the row comes by itself, like anybody's. */
export function DemoOrderButton() {
  const client = useWaybill();
  const [busy, setBusy] = useState(false);
  async function place(): Promise<void> {
    setBusy(true);
    try {
      await placeDemoOrder(client, 'demo-customer');
    } catch (error) {
      notifications.show({
        closeButtonProps: { 'aria-label': 'Close' }, color: 'red', title: 'The order was not placed', message: messageOf(error),
      });
    } finally {
      setBusy(false);
    }
  }
  return (
    <Button leftSection={<IconPlus size={16} />} loading={busy} onClick={() => void place()}>Demo order</Button>
  );
}
