import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconX } from '@tabler/icons-react';
import type { OrderView, Status } from '@waybill/client';
import { useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { announcer } from '../announcer.tsx';
import { cancelOrder, moveOrder, type Written } from '../api.ts';
import { STATUS_NAMES } from '../describe.ts';
import { useMe } from '../me.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { Conflict } from './conflict.tsx';
import css from './order-actions.module.css';
import { ShipDialog } from './ship-dialog.tsx';

type Dialog = 'ship' | 'cancel' | null;

/** What one may do with the order now, as the server says. */
export function OrderActions({ order, onWritten }: { order: OrderView; onWritten: (order: OrderView) => void }) {
  const client = useWaybill();
  const { isStaff } = useMe();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const actions = order.allowed_actions ?? [];
  const moves = actions.flatMap((action) => (action.action === 'change_status' ? [action.to] : []));
  const [next, ...later] = moves;
  const mayCancel = actions.some((action) => action.action === 'cancel');

  async function run(command: () => Promise<Written>, what: 'moved' | 'cancelled' = 'moved'): Promise<void> {
    setBusy(true);
    setFailure(null);
    try {
      const { order: written } = await command();
      announcer.confirm(written, what, isStaff);
      onWritten(written);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
      setDialog(null);
    }
  }
  function begin(to: Status): void {
    if (to === 'shipped') setDialog('ship');
    else void run(() => moveOrder(client, order, to));
  }

  if (moves.length === 0 && !mayCancel && failure === null) return null;
  return (
    <div className={css.actions}>
      <div className={css.buttons}>
        {next && <Button loading={busy} onClick={() => begin(next)}>{moveLabel(next)}</Button>}
        {later.length > 0 && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={15} />} disabled={busy}>Skip to</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {later.map((to) => <Menu.Item key={to} onClick={() => begin(to)}>{STATUS_NAMES[to]}</Menu.Item>)}
            </Menu.Dropdown>
          </Menu>
        )}
        {mayCancel && (
          <Button
            variant="subtle" color="red" className={css.cancel ?? ''} leftSection={<IconX size={16} />} disabled={busy}
            onClick={() => setDialog('cancel')}
          >
            Cancel order
          </Button>
        )}
      </div>
      {failure !== null && <Conflict failure={failure} onClose={() => setFailure(null)} />}
      <ShipDialog
        opened={dialog === 'ship'} busy={busy} onClose={() => setDialog(null)}
        onShip={(details, message) => void run(() => moveOrder(client, order, 'shipped', { details, message }))}
      />
      <CancelDialog
        opened={dialog === 'cancel'} busy={busy} onClose={() => setDialog(null)}
        onCancel={(reason, message) => void run(() => cancelOrder(client, order, reason, message), 'cancelled')}
      />
    </div>
  );
}

function moveLabel(to: Status): string {
  if (to === 'shipped') return 'Ship …';
  return to === 'processing' ? 'Start processing' : `Mark as ${to}`;
}
