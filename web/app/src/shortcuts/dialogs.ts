/** Which of the two dialogs is open: the palette, or the list of shortcuts. Kept apart from them, since they are loaded late. */
import { useSyncExternalStore } from 'react';

export type Dialog = 'palette' | 'help' | null;

let open: Dialog = null;
const listeners = new Set<() => void>();

export function openDialog(dialog: Dialog): void {
  open = dialog;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useDialog(): Dialog {
  return useSyncExternalStore(subscribe, () => open);
}
