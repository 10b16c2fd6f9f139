/** How large things are on the screen, as far as the list has to know. */
import { useMediaQuery } from '@mantine/hooks';
import { type RefObject, useLayoutEffect, useState } from 'react';

/** Heights of a row in a table and as a card, in rem; also in board-grid.module.css. */
const TABLE_ROW = 3;
const CARD = 7.25;

function rem(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

/** In pixels. */
export function useRowHeight(): number {
  const cards = useMediaQuery('(max-width: 56rem)', false, { getInitialValueInEffect: false });
  return Math.round((cards ? CARD : TABLE_ROW) * rem());
}

export interface Measures {
  /** From the document's top to the first row, in pixels. */
  readonly top: number;
  /** What lies over the list's upper end while it is scrolled: the page's header. */
  readonly header: number;
}

/** Measured again whenever the page above the list changes its size. */
export function useMeasures(rows: RefObject<HTMLElement | null>): Measures {
  const [measures, setMeasures] = useState<Measures>({ top: 0, header: 0 });
  useLayoutEffect(() => {
    const bar = document.querySelector('header');
    const measure = () => {
      if (!rows.current) return;
      const next = {
        top: Math.round(rows.current.getBoundingClientRect().top + window.scrollY),
        header: bar?.offsetHeight ?? 0,
      };
      setMeasures((before) => (before.top === next.top && before.header === next.header ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    if (bar) observer.observe(bar);
    return () => observer.disconnect();
  }, [rows]);
  return measures;
}
