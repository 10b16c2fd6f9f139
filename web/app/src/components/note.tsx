import type { ReactNode } from 'react';
import css from './note.module.css';

interface Props {
  tone: 'info' | 'warn' | 'bad';
  icon: ReactNode;
  title: string;
  /** Said to a screen reader as soon as it appears. */
  alert?: boolean;
  children?: ReactNode;
}

/** Something to know before going on. */
export function Note({ tone, icon, title, alert = false, children }: Props) {
  return (
    <div className={css.note} data-tone={tone} role={alert ? 'alert' : 'group'} aria-label={alert ? undefined : title}>
      <span className={css.icon} aria-hidden>{icon}</span>
      <div className={css.body}>
        <p className={css.title}>{title}</p>
        {children}
      </div>
    </div>
  );
}
