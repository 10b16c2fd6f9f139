import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import css from './panel.module.css';

interface Props {
  title: string;
  aside?: ReactNode;
  /** Whether what is shown may be out of date. */
  stale?: boolean;
  children: ReactNode;
}

/** One part of a page, under its heading. */
export function Panel({ title, aside, stale = false, children }: Props) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={id} data-stale={stale || undefined}>
      <div className={css.head}>
        <Title order={2} size="h5" id={id}>{title}</Title>
        {aside}
      </div>
      {children}
    </section>
  );
}
