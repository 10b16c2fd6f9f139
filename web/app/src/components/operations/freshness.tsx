import { Alert } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { useNow } from '../../now.ts';
import { clockTime, stretch } from './figures.ts';
import type { Polled } from './use-polled.ts';

/** After so long without an answer what was read is no longer taken for the present. */
const STALE_MS = 10_000;

/** Whether what was read last is too old to be shown as it is; asked anew every second. */
export function useIsStale(heardAt: number | null, error: string | null): boolean {
  const now = useNow(1_000);
  return heardAt === null ? error !== null : now - heardAt > STALE_MS;
}

/** Says, in the place that it is about, that something could not be read, and how old what is shown there is. */
export function ReadProblem({ what, polled: { heardAt, error } }: { what: string; polled: Pick<Polled<unknown>, 'heardAt' | 'error'> }) {
  const now = useNow(1_000);
  const stale = useIsStale(heardAt, error);
  // One failure is mended by the next read before anybody has seen it.
  if (!stale) return null;
  const since = heardAt === null ? '' : ` What is shown is from ${clockTime(heardAt)}, ${stretch((now - heardAt) / 1_000)} ago.`;
  return (
    <Alert role="group" color="red" mb="sm" icon={<IconClockExclamation size={18} />}>
      {/* Said once: the time that goes on is not in it. */}
      <span role="alert">{what} cannot be read. {error ?? 'There is no answer.'}</span>
      {since} Trying again …
    </Alert>
  );
}
