import { UnstyledButton } from '@mantine/core';
import { type Status, STATUSES } from '@waybill/client';
import type { Counts } from '@waybill/client';
import { STATUS_NAMES } from '../describe.ts';
import css from './status-filter.module.css';

interface Props {
  /** Null: not known. */
  counts: Counts | null;
  value: Status | undefined;
  onChange: (status: Status | undefined) => void;
}

export function StatusFilter({ counts, value, onChange }: Props) {
  const all = counts && STATUSES.reduce((sum, status) => sum + counts[status], 0);
  return (
    <div className={css.filter} role="group" aria-label="Filter by status">
      <Choice label="All" count={all} on={value === undefined} onClick={() => onChange(undefined)} />
      {STATUSES.map((status) => (
        <Choice
          key={status} status={status} label={STATUS_NAMES[status]} count={counts && counts[status]} on={value === status}
          onClick={() => onChange(value === status ? undefined : status)}
        />
      ))}
    </div>
  );
}

function Choice({ label, count, on, status, onClick }: {
  label: string; count: number | null; on: boolean; status?: Status; onClick: () => void;
}) {
  return (
    <UnstyledButton className={css.choice ?? ''} aria-pressed={on} onClick={onClick}>
      {status && <span className={css.dot} data-status={status} aria-hidden />}
      {label} {count !== null && <span className={css.count}>{count.toLocaleString()}</span>}
    </UnstyledButton>
  );
}
