import { messageOf } from '@waybill/client/react';
import { useCallback, useEffect, useEffectEvent, useState } from 'react';

export interface Polled<T> {
  /** The last answer, kept while later reads fail. */
  readonly data: T | null;
  /** Why the last read failed, if it did. */
  readonly error: string | null;
  /** When the last answer came. */
  readonly heardAt: number | null;
  /** Reads at once. */
  readonly refresh: () => void;
}

type Kept<T> = Omit<Polled<T>, 'refresh'>;

/** Reads again and again, one read at a time; not while nobody looks, and at once when somebody does again. */
export function usePolled<T>(load: () => Promise<T>, everyMs: number): Polled<T> {
  const [kept, setKept] = useState<Kept<T>>({ data: null, error: null, heardAt: null });
  const [asked, setAsked] = useState(0);
  const loadLatest = useEffectEvent(load);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reading = false;
    let over = false;
    async function read(): Promise<void> {
      if (reading) return;
      reading = true;
      clearTimeout(timer);
      try {
        const data = await loadLatest();
        if (!over) setKept({ data, error: null, heardAt: Date.now() });
      } catch (error) {
        if (!over) setKept((before) => ({ ...before, error: messageOf(error) }));
      }
      reading = false;
      if (!over && !document.hidden) timer = setTimeout(() => void read(), everyMs);
    }
    const look = () => {
      if (!document.hidden) void read();
    };
    void read();
    document.addEventListener('visibilitychange', look);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [everyMs, asked]);
  return { ...kept, refresh: useCallback(() => setAsked((times) => times + 1), []) };
}
