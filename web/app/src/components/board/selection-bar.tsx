import { Button, CloseButton, Modal } from '@mantine/core';
import type { OrderSummary } from '@waybill/client';
import { useState } from 'react';
import { Link } from 'wouter';
import { plural } from '../../format.ts';
import { StatusBadge } from '../status.tsx';
import css from './bulk.module.css';
import { useBulk } from './bulk.ts';
import { BulkDialog, type BulkKind, difference } from './bulk-dialog.tsx';
import { BulkProgress, BulkReport, summaryOf, titleOf } from './bulk-report.tsx';
import { type BulkCommand, type BulkRow, tallyOf } from './bulk-run.ts';
import { SELECTED_MAX, useSelection } from './selection.ts';
import { useBarHeight } from './use-bar-height.ts';

interface Props {
  /** Whether an order is in the list as far as it has been read. */
  isListed: (id: string) => boolean;
  /** How many orders match; null if nobody knows. */
  total: number | null;
  /** Ticks all that match; null while that is under way. */
  onTickAll: (() => void) | null;
}

/** What is ticked and what can be done with it; and how the last bulk command went. At the window's lower edge. */
export default function SelectionBar({ isListed, total, onTickAll }: Props) {
  const { ticks, selection } = useSelection();
  const bulk = useBulk();
  const [dialog, setDialog] = useState<BulkKind | null>(null);
  const [report, setReport] = useState(false);
  const [listing, setListing] = useState(false);
  const bar = useBarHeight();
  const ticked = [...ticks.values()];
  const elsewhere = ticked.filter(({ now }) => !isListed(now.order_id)).length;
  const changed = ticked.filter(({ seen, now }) => seen.version !== now.version).length;
  const busy = bulk.state !== null && bulk.state.phase !== 'over';
  const most = Math.min(total ?? SELECTED_MAX, SELECTED_MAX);

  async function go(command: BulkCommand, orders: readonly OrderSummary[]): Promise<void> {
    setDialog(null);
    setReport(true);
    const run = await bulk.start(command, orders);
    untickDone(run.get().rows);
  }
  function untickDone(rows: readonly BulkRow[]): void {
    selection.untick(rows.filter(({ state }) => state === 'applied' || state === 'unchanged').map(({ order }) => order.order_id));
  }
  /** With what is known of them now, which the report has said. */
  function latest({ order, problem }: BulkRow): OrderSummary {
    const now = ticks.get(order.order_id)?.now ?? order;
    return { ...now, version: Math.max(now.version, problem?.current_version ?? 0) };
  }

  if (ticked.length === 0 && !bulk.state) return null;
  return (
    <section ref={bar} className={css.bar} aria-label="Selected orders">
      {bulk.state && (
        <div className={css.inner}>
          <div className={css.running}>
            <span>{titleOf(bulk.state.command)}: {summaryOf(bulk.state, tallyOf(bulk.state.rows))}</span>
            {busy && <BulkProgress rows={bulk.state.rows} />}
          </div>
          <Button size="xs" variant="default" onClick={() => setReport(true)}>Show the report</Button>
          {!busy && <CloseButton aria-label="Close the report" onClick={bulk.dismiss} />}
        </div>
      )}
      {ticked.length > 0 && (
        <div className={css.inner}>
          <span className={css.count} role="status">{ticked.length.toLocaleString()} selected</span>
          {ticked.length >= SELECTED_MAX && <span className={css.aside}>no more at a time</span>}
          {elsewhere > 0 && <span className={css.aside}>{elsewhere.toLocaleString()} not in this list</span>}
          {changed > 0 && <span className={css.aside}>{changed.toLocaleString()} changed since</span>}
          <span className={css.spring} />
          <div className={css.buttons}>
            <Button size="compact-sm" variant="subtle" onClick={() => setListing(true)}>Show them</Button>
            {ticked.length < most && (
              <Button size="compact-sm" variant="subtle" loading={onTickAll === null} onClick={() => onTickAll?.()}>{allLabel(total)}</Button>
            )}
            <Button size="compact-sm" variant="subtle" onClick={selection.clear}>Clear</Button>
          </div>
          <div className={css.buttons}>
            <Button size="xs" disabled={busy} onClick={() => setDialog('status')}>Change status …</Button>
            <Button size="xs" variant="default" className={css.danger ?? ''} disabled={busy} onClick={() => setDialog('cancel')}>Cancel orders …</Button>
          </div>
        </div>
      )}
      <BulkDialog kind={dialog} ticked={ticked} onClose={() => setDialog(null)} onGo={(command, orders) => void go(command, orders)} />
      {bulk.state && (
        <BulkReport
          state={bulk.state} opened={report} onClose={() => setReport(false)} onStop={() => bulk.run?.stop()}
          onAskAgain={() => void bulk.run?.run().then(() => untickDone(bulk.run?.get().rows ?? []))}
          onRetry={(rows) => bulk.state && void go(bulk.state.command, rows.map(latest))}
          onDismiss={() => {
            setReport(false);
            bulk.dismiss();
          }}
        />
      )}
      <Modal opened={listing} onClose={() => setListing(false)} title={`${plural(ticked.length, 'order')} selected`} size="lg">
        <ul className={css.ticked} tabIndex={0} aria-label="Selected orders">
          {ticked.map(({ seen, now }) => (
            <li key={now.order_id}>
              <Link href={`/orders/${now.order_id}`}>{now.order_number}</Link>
              <span>{now.recipient ?? now.customer_id}</span>
              <StatusBadge status={now.status} />
              {seen.version !== now.version && <span className={css.aside}>changed since: {difference(seen, now)}</span>}
              {!isListed(now.order_id) && <span className={css.aside}>not in this list</span>}
              <span className={css.spring} />
              <CloseButton size="sm" aria-label={`Unselect ${now.order_number}`} onClick={() => selection.untick([now.order_id])} />
            </li>
          ))}
        </ul>
      </Modal>
    </section>
  );
}

function allLabel(total: number | null): string {
  if (total === null) return `All that match, up to ${SELECTED_MAX.toLocaleString()}`;
  return total > SELECTED_MAX ? `The first ${SELECTED_MAX.toLocaleString()} of ${total.toLocaleString()}` : `Select all ${total.toLocaleString()}`;
}
