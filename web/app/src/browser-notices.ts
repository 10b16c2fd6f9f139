/**
 * Notices of the browser itself, for whoever looks at something else meanwhile. Only when asked for, which is remembered
 * on this device; never while one of the person's tabs is in sight; and from one tab of several.
 */
import { useEffect, useSyncExternalStore } from 'react';

const KEY = 'waybill.browser-notices';
/** For so long other tabs are kept from showing the same thing. */
const HELD_MS = 20_000;

/** `unsupported`: the browser has none, or not on pages served like this one. `denied`: the browser was told to say no. */
export type BrowserNotices = 'unsupported' | 'denied' | 'off' | 'on';

export interface BrowserNotice {
  /** The same in every tab that hears of it. */
  readonly id: string;
  /** Takes the place of an earlier notice about the same thing. */
  readonly about: string;
  readonly title: string;
  readonly body?: string | undefined;
  /** Whose tabs these are: another person's in the same browser speak for themselves. */
  readonly subject: string;
  readonly onClick: () => void;
}

const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

/** The failed attempt to show one, as on phones, where pages have to be installed for it. */
let failed = false;

export const browserNotices = {
  state: (): BrowserNotices => {
    if (failed || !('Notification' in globalThis) || !('locks' in navigator)) return 'unsupported';
    if (Notification.permission === 'denied') return 'denied';
    return Notification.permission === 'granted' && localStorage.getItem(KEY) === 'on' ? 'on' : 'off';
  },

  /** Asks for permission if need be. To be called from a click. */
  async turnOn(): Promise<void> {
    localStorage.setItem(KEY, 'on');
    if (Notification.permission === 'default') await Notification.requestPermission();
    if (Notification.permission !== 'granted') localStorage.removeItem(KEY);
    tell();
  },

  turnOff(): void {
    localStorage.removeItem(KEY);
    tell();
  },

  /** Shows it, if it is wanted, nobody looks, and no other tab does. */
  async show(notice: BrowserNotice): Promise<void> {
    if (browserNotices.state() !== 'on' || document.visibilityState === 'visible') return;
    const { held = [] } = await navigator.locks.query();
    if (held.some(({ name }) => name === inSight(notice.subject))) return;
    await navigator.locks.request(`waybill.notice.${notice.subject}.${notice.id}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      display(notice);
      await new Promise((resolve) => setTimeout(resolve, HELD_MS));
    });
  },
};

const inSight = (subject: string) => `waybill.in-sight.${subject}`;

function display({ about, title, body, onClick }: BrowserNotice): void {
  try {
    const options = { tag: about, renotify: true, ...(body !== undefined && { body }) };
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    failed = true;
    tell();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  let permission: PermissionStatus | undefined;
  // The browser's own settings may say otherwise meanwhile. Not every browser tells.
  void navigator.permissions.query({ name: 'notifications' }).then((status) => {
    permission = status;
    if (listeners.has(listener)) permission.onchange = tell;
  }, () => undefined);
  const onStorage = (event: StorageEvent) => {
    if (event.key === KEY) listener();
  };
  window.addEventListener('storage', onStorage);
  return () => {
    listeners.delete(listener);
    if (permission) permission.onchange = null;
    window.removeEventListener('storage', onStorage);
  };
}

export function useBrowserNotices(): BrowserNotices {
  return useSyncExternalStore(subscribe, browserNotices.state);
}

/** As long as this tab is in sight, it holds a lock that keeps the person's other tabs quiet. */
export function useInSight(subject: string): void {
  useEffect(() => {
    if (!('locks' in navigator)) return;
    let release: (() => void) | undefined;
    const follow = () => {
      release?.();
      release = undefined;
      if (document.visibilityState !== 'visible') return;
      const hidden = new Promise<void>((resolve) => (release = resolve));
      void navigator.locks.request(inSight(subject), { mode: 'shared' }, () => hidden);
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      release?.();
    };
  }, [subject]);
}
