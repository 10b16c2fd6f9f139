/** The tracking link that this tab was opened with: apart from who is signed in, and kept until the tab is closed. */
import { useSyncExternalStore } from 'react';

const KEY = 'waybill.tracking';
export const TRACKING_PATH = '/track';
const listeners = new Set<() => void>();

/** Takes the token from the fragment, and removes it from there, so that the address can be shown. */
function takeFromAddress(): void {
  const token = location.hash.slice(1);
  if (location.pathname !== TRACKING_PATH || token === '') return;
  history.replaceState(history.state, '', location.pathname + location.search);
  sessionStorage.setItem(KEY, token);
  for (const listener of listeners) listener();
}

takeFromAddress();
window.addEventListener('hashchange', takeFromAddress);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useTrackingToken(): string | null {
  return useSyncExternalStore(subscribe, () => sessionStorage.getItem(KEY));
}

/** Which order a link says that it shows. Only the server knows whether that is so. */
export function orderOf(token: string): string | null {
  try {
    const part = token.split('.')[1] ?? '';
    const { order } = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))) as { order?: unknown };
    return typeof order === 'string' && /^[\da-f-]{36}$/i.test(order) ? order : null;
  } catch {
    return null;
  }
}
