import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import css from './analytics.module.css';

/** One part of the page, under its heading. */
export function Panel({ title, about, alone = false, children }: { title: string; about?: string; alone?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.panel} data-alone={alone || undefined} aria-labelledby={id}>
      <Title order={2} size="h5" id={id}>{title}</Title>
      {about !== undefined && <p className={css.about}>{about}</p>}
      {children}
    </section>
  );
}

/** In place of a chart or table that has nothing to show. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={css.nothing}>{children}</p>;
}
