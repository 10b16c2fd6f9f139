import { IconHistory } from '@tabler/icons-react';
import { dateTime } from '../../format.ts';
import { Note } from '../note.tsx';
import { ChangeRows } from './change-rows.tsx';
import { versionRows } from './changes.ts';
import type { PastVersion } from './past-versions.ts';

/** Says that what is shown is not the present, and what this version changed. */
export function PastBanner({ past: { order, before }, latest }: { past: PastVersion; latest: number }) {
  const rows = before ? versionRows(before, order) : [];
  return (
    <Note
      tone="warn" icon={<IconHistory size={18} />}
      title={`The order as it was at version ${order.version} of ${latest}, on ${dateTime(order.updated_at)}`}
    >
      <p>This is the past: nothing can be done with it.</p>
      {before === null && <p>The order was placed with this version.</p>}
      {before !== null && rows.length === 0 && <p>Nothing of what is shown here changed with this version.</p>}
      {rows.length > 0 && <ChangeRows rows={rows} />}
    </Note>
  );
}
