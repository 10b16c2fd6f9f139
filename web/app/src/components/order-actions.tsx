import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconPencil, IconX } from '@tabler/icons-react';
import type { OrderView, Status } from '@waybill/client';
import { useWaybill } from '@waybill/client/react';
import { type ReactNode, useState } from 'react';
import { announcer } from '../announcer.tsx';
import { cancelOrder, moveOrder, type Written } from '../api.ts';
import { STATUS_NAMES } from '../describe.ts';
import { useMe } from '../me.ts';
import { type Command, useCommands } from '../shortcuts/registry.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { Conflict } from './conflict.tsx';
import { MoveDialog } from './move-dialog.tsx';
import css from './order-actions.module.css';
import { STATUS_ICONS } from './status.tsx';

interface Props {
  order: OrderView;
  onWritten: (order: OrderView) => void;
  /** Begins to change details; absent as long as that goes on. */
  onEdit?: (() => void) | undefined;
  /** Further buttons. */
  children?: ReactNode;
}

/** What one may do with the order now, as the server says. */
export function OrderActions({ order, onWritten, onEdit, children }: Props) {
  const client = useWaybill();
  const { isStaff } = useMe();
  const [moving, setMoving] = useState<Status | null>(null);
  const [cancelling, setCancelling] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const actions = order.allowed_actions ?? [];
  const moves = actions.flatMap((action) => (action.action === 'change_status' ? [action.to] : []));
  const [next, ...later] = moves;
  const mayCancel = actions.some((action) => action.action === 'cancel');
  const editable = actions.find((action) => action.action === 'update')?.fields ?? [];

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
      setMoving(null);
      setCancelling(false);
    }
  }
  function begin(to: Status): void {
    if (to === 'shipped') setMoving(to);
    else void run(() => moveOrder(client, order, to));
  }

  const group = 'This order';
  const commands: Command[] = busy ? [] : [
    ...moves.map((to): Command => ({
      id: `move ${to}`, name: to === next ? moveLabel(to) : `Skip to ${STATUS_NAMES[to].toLowerCase()}`, group, icon: STATUS_ICONS[to],
      keywords: `status ${to} ${order.order_number}`, run: () => begin(to),
    })),
    ...(onEdit && editable.length > 0 ? [{ id: 'edit', name: isStaff ? 'Edit' : 'Change the address', group, icon: IconPencil, keys: 'e', run: onEdit }] : []),
    ...(mayCancel ? [{ id: 'cancel', name: 'Cancel order', group, icon: IconX, run: () => setCancelling(true) }] : []),
  ];
  useCommands(commands);

  return (
    <div className={css.actions}>
      <div className={css.buttons}>
        {next && <Button loading={busy} onClick={() => begin(next)}>{moveLabel(next)}</Button>}
        {moves.length > 0 && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" rightSection={<IconChevronDown size={15} />} disabled={busy}>More steps</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {later.length > 0 && <Menu.Label>Skip to</Menu.Label>}
              {later.map((to) => <Menu.Item key={to} onClick={() => begin(to)}>{STATUS_NAMES[to]}</Menu.Item>)}
              <Menu.Label>With a message or a note</Menu.Label>
              {moves.map((to) => <Menu.Item key={to} onClick={() => setMoving(to)}>{STATUS_NAMES[to]} …</Menu.Item>)}
            </Menu.Dropdown>
          </Menu>
        )}
        {onEdit && editable.length > 0 && (
          <Button variant="default" leftSection={<IconPencil size={16} />} onClick={onEdit}>{isStaff ? 'Edit' : 'Change the address'}</Button>
        )}
        {children}
        {mayCancel && (
          <Button
            variant="subtle" color="red" className={css.cancel ?? ''} leftSection={<IconX size={16} />} disabled={busy}
            onClick={() => setCancelling(true)}
          >
            Cancel order
          </Button>
        )}
      </div>
      {failure !== null && <Conflict failure={failure} onClose={() => setFailure(null)} />}
      <MoveDialog
        order={order} to={moving} busy={busy} onClose={() => setMoving(null)}
        onMove={(to, details, said) => void run(() => moveOrder(client, order, to, { ...(details && { details }), ...said }))}
      />
      <CancelDialog
        opened={cancelling} busy={busy} onClose={() => setCancelling(false)}
        onCancel={(reason, said) => void run(() => cancelOrder(client, order, reason, said), 'cancelled')}
      />
    </div>
  );
}

function moveLabel(to: Status): string {
  if (to === 'shipped') return 'Ship …';
  return to === 'processing' ? 'Start processing' : `Mark as ${to}`;
}
