import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { messageOf, useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { placeDemoOrder } from '../api.ts';
import { useCommands } from '../shortcuts/registry.ts';

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
  useCommands([{ id: 'demo order', name: 'New demo order', icon: IconPlus, keywords: 'place create', run: () => void place() }]);
  return (
    <Button leftSection={<IconPlus size={16} />} loading={busy} onClick={() => void place()}>Demo order</Button>
  );
}
