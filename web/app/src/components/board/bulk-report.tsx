import { Alert, Button, Group, Modal, Progress, Text, UnstyledButton } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconEqual, IconHelpCircle, IconLoader2 } from '@tabler/icons-react';
import type { Problem } from '@waybill/client';
import { memo, useState } from 'react';
import { Link } from 'wouter';
import { eventTitle, REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { dateTime, plural } from '../../format.ts';
import css from './bulk.module.css';
import { type BulkCommand, type BulkRow, type BulkState, type RowState, type Tally, tallyOf } from './bulk-run.ts';

interface Props {
  state: BulkState;
  opened: boolean;
  onClose: () => void;
  onStop: () => void;
  onAskAgain: () => void;
  /** Gives the command again for rows that were not done. */
  onRetry: (rows: readonly BulkRow[]) => void;
  onDismiss: () => void;
}

const SHOWN = {
  all: ['waiting', 'sending', 'applied', 'unchanged', 'refused', 'unknown', 'left'],
  done: ['applied'],
  unchanged: ['unchanged'],
  refused: ['refused'],
  open: ['waiting', 'sending', 'unknown', 'left'],
} as const satisfies Record<string, readonly RowState[]>;
type Shown = keyof typeof SHOWN;

/** How a bulk command goes, and what became of each order. It goes on when this is closed. */
export function BulkReport({ state, opened, onClose, ...actions }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={titleOf(state.command)} size="lg">
      <Report state={state} {...actions} />
    </Modal>
  );
}

function Report({ state, onStop, onAskAgain, onRetry, onDismiss }: Omit<Props, 'opened' | 'onClose'>) {
  const [shown, setShown] = useState<Shown>('all');
  const { rows, phase, trouble } = state;
  const tally = tallyOf(rows);
  const over = phase === 'over';
  const failed = rows.filter(({ state }) => state === 'refused' || state === 'left');
  const visible = rows.filter(({ state }) => (SHOWN[shown] as readonly RowState[]).includes(state));
  const tabs: [Shown, string, number][] = [
    ['all', 'All', rows.length], ['done', 'Done', tally.applied], ['unchanged', 'Was so already', tally.unchanged],
    ['refused', 'Refused', tally.refused], ['open', over ? 'Not done' : 'To come', tally.waiting + tally.sending + tally.unknown + tally.left],
  ];
  return (
    <div className={css.report}>
      <BulkProgress rows={rows} />
      <Text size="sm">{summaryOf(state, tally)}</Text>
      {/* Said once, not at every step. */}
      <span className={css.said} role="status">{over && summaryOf(state, tally)}</span>
      {trouble !== null && !over && (
        <Alert color="orange" title={trouble}>
          {tally.unknown > 0 && `It is not known yet whether ${plural(tally.unknown, 'order was', 'orders were')} changed. `}
          This is asked again by itself, and nothing is done twice.
        </Alert>
      )}
      {over && tally.unknown > 0 && (
        <Alert color="orange" title={`It is not known what became of ${plural(tally.unknown, 'order')}`}>
          No answer came before you stopped. Ask again to find out: what was done is not done twice, what was not is done now.
        </Alert>
      )}
      <div className={css.tabs} role="group" aria-label="Show">
        {tabs.filter(([name, , count]) => count > 0 || name === 'all').map(([name, label, count]) => (
          <UnstyledButton key={name} className={css.tab ?? ''} aria-pressed={shown === name} onClick={() => setShown(name)}>
            {label} {count.toLocaleString()}
          </UnstyledButton>
        ))}
      </div>
      {/* Scrolled, so it can have the focus. */}
      <ul className={css.results} aria-label="Results" tabIndex={0}>
        {visible.map((row) => <Result key={row.order.order_id} row={row} />)}
      </ul>
      <Group justify="flex-end">
        {!over && <Button variant="default" disabled={phase === 'stopping'} onClick={onStop}>{phase === 'stopping' ? 'Stopping …' : 'Cancel the rest'}</Button>}
        {over && tally.unknown > 0 && <Button onClick={onAskAgain}>Ask again</Button>}
        {over && failed.length > 0 && (
          <Button variant="light" onClick={() => onRetry(failed)}>{failed.length === 1 ? 'Try 1 order again as it is now' : `Try ${plural(failed.length, 'order')} again as they are now`}</Button>
        )}
        {over && <Button variant={failed.length > 0 || tally.unknown > 0 ? 'default' : 'filled'} onClick={onDismiss}>Close the report</Button>}
      </Group>
    </div>
  );
}

export function BulkProgress({ rows }: { rows: readonly BulkRow[] }) {
  const tally = tallyOf(rows);
  const share = (count: number) => (100 * count) / Math.max(1, rows.length);
  const answered = tally.applied + tally.unchanged + tally.refused;
  return (
    <div role="progressbar" aria-label="Orders answered" aria-valuemin={0} aria-valuemax={rows.length} aria-valuenow={answered}>
      <Progress.Root size="lg" aria-hidden>
        <Progress.Section value={share(tally.applied)} color="green" />
        <Progress.Section value={share(tally.unchanged)} color="gray" />
        <Progress.Section value={share(tally.refused)} color="red" />
        <Progress.Section value={share(tally.unknown)} color="orange" striped />
      </Progress.Root>
    </div>
  );
}

const ICONS = {
  waiting: IconCircleDashed, sending: IconLoader2, applied: IconCircleCheck, unchanged: IconEqual, refused: IconCircleX,
  unknown: IconHelpCircle, left: IconCircleDashed,
} satisfies Record<RowState, typeof IconEqual>;

const WORDS: Record<RowState, string> = {
  waiting: 'Waiting', sending: 'Being sent', applied: 'Done', unchanged: 'Was so already', refused: 'Refused',
  unknown: 'No answer yet: not known whether it was done', left: 'Not sent',
};

const Result = memo(function Result({ row: { order, state, problem } }: { row: BulkRow }) {
  const Icon = ICONS[state];
  return (
    <li className={css.result} data-state={state}>
      <Icon size={17} aria-hidden />
      <Link href={`/orders/${order.order_id}`}>{order.order_number}</Link>
      <span>{problem ? reasonOf(problem) : WORDS[state]}</span>
      {problem?.changes && problem.changes.length > 0 && (
        <ul className={css.changed}>
          {problem.changes.map((event) => (
            <li key={event.version}>{eventTitle(event)}, {dateTime(event.recorded_at)}{event.actor && ` by ${event.actor.id}`}</li>
          ))}
        </ul>
      )}
    </li>
  );
});

function reasonOf({ code, detail }: Problem): string {
  return code === 'version_conflict' ? 'Refused: somebody changed it after you selected it' : `Refused: ${detail}`;
}

export function titleOf(command: BulkCommand): string {
  return 'to' in command ? `Change to ${STATUS_NAMES[command.to].toLowerCase()}` : `Cancel: ${REASON_NAMES[command.reason].toLowerCase()}`;
}

export function summaryOf({ phase, rows }: BulkState, tally: Tally): string {
  const done = tally.applied + tally.unchanged + tally.refused;
  if (phase !== 'over') return `${done.toLocaleString()} of ${plural(rows.length, 'order')} answered${tally.refused > 0 ? `, ${tally.refused.toLocaleString()} refused` : ''}`;
  const parts = [
    [tally.applied, 'done'], [tally.unchanged, 'unchanged'], [tally.refused, 'refused'], [tally.unknown, 'not known'], [tally.left, 'not sent'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString()} ${what}`);
  return `${plural(rows.length, 'order')}: ${new Intl.ListFormat('en').format(said)}.`;
}
