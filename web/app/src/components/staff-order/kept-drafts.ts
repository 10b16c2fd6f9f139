/** Unsaved changes, kept in this tab: going to another page, or loading this one again, loses nothing. */
import type { OrderView } from '@waybill/client';
import { useEffect, useState } from 'react';
import { draftKey } from '../../has-draft.ts';
import { useMe } from '../../me.ts';
import { beginDraft, type Draft, isChanged, rebase } from './draft.ts';

interface Kept {
  subject: string;
  draft: Draft;
}

/** What another person left behind in this tab is not for this one, and not to be kept any longer. */
function dropOthers(subject: string): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(draftKey('')) && !sessionStorage.getItem(key)?.startsWith(`{"subject":${JSON.stringify(subject)},`)) sessionStorage.removeItem(key);
  }
}

function load(id: string, subject: string): Draft | null {
  dropOthers(subject);
  try {
    const kept = JSON.parse(sessionStorage.getItem(draftKey(id)) ?? 'null') as Kept | null;
    if (kept?.subject === subject && typeof kept.draft.version === 'number') return kept.draft;
  } catch {
    // Not ours, or from another version of the page.
  }
  sessionStorage.removeItem(draftKey(id));
  return null;
}

function keep(id: string, subject: string, draft: Draft | null): void {
  if (draft && isChanged(draft)) sessionStorage.setItem(draftKey(id), JSON.stringify({ subject, draft } satisfies Kept));
  else sessionStorage.removeItem(draftKey(id));
}

export interface Editing {
  /** Null: nothing is being edited. */
  readonly draft: Draft | null;
  readonly set: (change: (draft: Draft) => Draft) => void;
  readonly begin: () => void;
  /** Forgets what is not saved. */
  readonly end: () => void;
}

/**
 * The draft of an order's details, always on top of the newest version that is known whole: `settled` says whether this
 * one is. `atOnce`: editing begins with this.
 */
export function useDraft(order: OrderView, settled: boolean, atOnce = false): Editing {
  const { subject } = useMe();
  const id = order.order_id;
  const [draft, setDraft] = useState<Draft | null>(() => load(id, subject) ?? (atOnce ? beginDraft(order) : null));
  if (draft && settled && order.version > draft.version) setDraft(rebase(draft, order));
  useEffect(() => keep(id, subject, draft), [id, subject, draft]);
  const unsaved = draft !== null && isChanged(draft);
  useEffect(() => {
    if (!unsaved) return;
    // Closing the tab is the one way to lose it, so the browser asks.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);
  return {
    draft,
    set: (change) => setDraft((now) => now && change(now)),
    begin: () => setDraft((now) => now ?? beginDraft(order)),
    end: () => setDraft(null),
  };
}
