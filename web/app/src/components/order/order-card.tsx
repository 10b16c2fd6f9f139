import type { ReactNode } from 'react';
import css from '../../pages/order-page.module.css';

export function Card({ label, children }: { label: string; children: ReactNode }) {
  return <section className={css.card} aria-label={label}>{children}</section>;
}
