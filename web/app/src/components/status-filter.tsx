import { UnstyledButton } from '@mantine/core';
import { type Counts, type Status, STATUSES } from '@waybill/client';
import { STATUS_NAMES } from '../describe.ts';
import css from './status-filter.module.css';

interface Props {
  /** Null: not known. */
  counts: Counts | null;
  /** Those that are shown; none: all of them. */
  chosen: readonly Status[];
  onAll: () => void;
  onToggle: (status: Status) => void;
}

export function StatusFilter({ counts, chosen, onAll, onToggle }: Props) {
  const all = counts && STATUSES.reduce((sum, status) => sum + counts[status], 0);
  return (
    <div className={css.filter} role="group" aria-label="Filter by status">
      <Choice label="All" count={all} on={chosen.length === 0} onClick={onAll} />
      {STATUSES.map((status) => (
        <Choice
          key={status} status={status} label={STATUS_NAMES[status]} count={counts && counts[status]} on={chosen.includes(status)}
          onClick={() => onToggle(status)}
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
