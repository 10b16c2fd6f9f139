import { type ReactNode, useEffect, useState } from 'react';
import css from './flash.module.css';

const SHOWN_MS = 2_400;

interface Props {
  /** What is shown, in short: when it becomes another, it lights up. */
  of: string;
  children: ReactNode;
  className?: string | undefined;
  /** Whether it appears late, which is a change as well. */
  late?: boolean;
}

/** Lights up for a moment when what it shows has changed. Not when it is first shown, unless that is `late`. */
export function Flash({ of, children, className = '', late = false }: Props) {
  const [seen, setSeen] = useState({ of, times: 0, lit: late });
  if (seen.of !== of) setSeen({ of, times: seen.times + 1, lit: true });
  useEffect(() => {
    if (!seen.lit) return;
    const timer = setTimeout(() => setSeen((now) => (now.times === seen.times ? { ...now, lit: false } : now)), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [seen.lit, seen.times]);
  return (
    <div className={`${css.box} ${className}`} data-fresh={seen.lit || undefined}>
      {seen.lit && <span key={seen.times} className={css.light} aria-hidden />}
      <div className={css.content}>{children}</div>
    </div>
  );
}
