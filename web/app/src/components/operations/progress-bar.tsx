import { Progress } from '@mantine/core';

interface Props {
  label: string;
  /** In hundredths; null where it is not known how much there is to do. */
  percent: number | null;
  /** What is done, of how much. */
  text: string;
}

/** The library's bar tells screen readers nothing but hundredths, and cannot say that it does not know. */
export function ProgressBar({ label, percent, text }: Props) {
  const unknown = percent === null;
  return (
    <Progress.Root size="lg">
      <Progress.Section
        value={percent ?? 100} striped={unknown} animated={unknown} withAria={false} role="progressbar" aria-label={label} aria-valuemin={0}
        aria-valuemax={100} aria-valuenow={unknown ? undefined : Math.floor(percent)} aria-valuetext={text}
      />
    </Progress.Root>
  );
}
