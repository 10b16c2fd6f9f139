import { useDebouncedCallback } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { formatView, parseView, type View } from './view.ts';

export type ChangeView = (part: Partial<View>, how?: { typing: boolean }) => void;

/** The view that the address asks for. What somebody types does not fill the history; every other change can be gone back on. */
export function useView(): { view: View; dropped: readonly string[]; change: ChangeView } {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const parsed = useMemo(() => parseView(search), [search]);
  const change: ChangeView = (part, { typing } = { typing: false }) => {
    const now = formatView(parseView(window.location.search).view);
    const next = formatView({ ...parseView(window.location.search).view, ...part });
    if (next !== now || parsed.dropped.length > 0) navigate(path + next, { replace: typing });
  };
  return { ...parsed, change };
}

const TYPING_MS = 250;

/** A field that is typed into: what is typed is there at once, and told when there is a pause. */
export function useTyped(value: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  // What this field told last; anything else came from elsewhere, and shows.
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  const tellLater = useDebouncedCallback((next: string) => {
    setTold(next.trim());
    tell(next);
  }, TYPING_MS);
  return [text, (next) => {
    setText(next);
    tellLater(next);
  }];
}
