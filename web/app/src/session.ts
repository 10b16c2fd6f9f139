/** Who is signed in in this tab: a token, kept until the tab is closed. */
import { useSyncExternalStore } from 'react';
import { TRACKING_PATH } from './tracking-link.ts';

const KEY = 'waybill.token';
const listeners = new Set<() => void>();

function keep(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
  for (const listener of listeners) listener();
}

export const session = {
  token: (): string | null => sessionStorage.getItem(KEY),
  signIn: (token: string): void => keep(token.trim()),
  signOut: (): void => keep(null),

  /**
   * Takes a token from the address's fragment (`#token=…`), where no server and no log sees it, and
   * removes it from there, so that it is not bookmarked or shared with the address.
   */
  takeTokenFromAddress(): void {
    // A tracking link says nothing about who is signed in.
    if (location.pathname === TRACKING_PATH) return;
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (token === null) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    keep(token);
  },

  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

// A link with a token, opened in a tab that already shows the page.
window.addEventListener('hashchange', () => session.takeTokenFromAddress());

export function useToken(): string | null {
  return useSyncExternalStore(session.subscribe, session.token);
}
