import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import css from './live-test.module.css';

/** One part of the page, under its heading. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={id}>
      <div className={css.panelHead}>
        <Title order={2} size="h5" id={id}>{title}</Title>
        {aside}
      </div>
      {children}
    </section>
  );
}
