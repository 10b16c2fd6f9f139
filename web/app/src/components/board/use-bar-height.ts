import { type RefCallback, useCallback } from 'react';

const NAME = '--bar-height';

/** Tells the stylesheets how much of the window's lower edge an element covers, as long as it is there. */
export function useBarHeight(): RefCallback<HTMLElement> {
  return useCallback((bar: HTMLElement | null) => {
    if (!bar) return;
    const root = document.documentElement.style;
    const observer = new ResizeObserver(() => root.setProperty(NAME, `${bar.offsetHeight}px`));
    observer.observe(bar);
    return () => {
      observer.disconnect();
      root.removeProperty(NAME);
    };
  }, []);
}
