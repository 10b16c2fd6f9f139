/**
 * State that outlives the page, always together with the cursor that it goes on from. A cursor alone would be worth
 * nothing: what led up to it is in the state. All of it is for one person and one life of the log, and goes with them.
 */
import type { Client } from './client.ts';
import type { Cursor } from './wire.ts';

/** Where texts are kept: `localStorage` and `sessionStorage` fit. What they throw is ignored. */
export interface StateStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** State, and the place in the log up to which it contains every event. */
export interface Kept {
  readonly cursor: Cursor;
  /** Anything that JSON can hold. What comes back may be older than the code that reads it: look at it before use. */
  readonly state: unknown;
}

export interface PersistOptions {
  /** The storage's key; by default `waybill.state`. */
  key?: string;
  /** Length of the text that is kept at most, in UTF-16 units, of which browsers store some five million. By default 262,144. */
  maxLength?: number;
  /** States kept at most, the latest ones. By default 8. */
  maxEntries?: number;
  /** How long to gather changes before writing, in milliseconds. By default 1,000. */
  delayMs?: number;
}

export interface Persistence {
  /** What was kept under a name for whom the client is signed in, in the log that it follows; else null. */
  load(name: string): Kept | null;
  /**
   * Keeps something soon, and at the latest when the page is left. `read` is called then, outside of any listener, so
   * that state and cursor fit each other; null keeps nothing. Nothing is kept before a WebSocket was open, since
   * only then the log's epoch is known.
   */
  save(name: string, read: () => Kept | null): void;
  /** Forgets what was kept under a name. */
  drop(name: string): void;
}

interface Stored {
  v: 1;
  subject: string;
  epoch: number;
  /** Oldest first. */
  entries: [name: string, cursor: Cursor, state: unknown][];
}

/** Keeps states in a storage. Whatever is found there that is not ours, too long or for somebody else is removed. */
export function persistIn(client: Client, storage: StateStorage, options: PersistOptions = {}): Persistence {
  const { key = 'waybill.state', maxLength = 262_144, maxEntries = 8, delayMs = 1_000 } = options;
  const waiting = new Map<string, () => Kept | null>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function read(): Stored['entries'] {
    const { identity } = client;
    // Whose it is cannot be told yet.
    if (!identity) return [];
    const stored = quietly(() => parse(storage.getItem(key), maxLength));
    if (stored === null) return [];
    const { subject, epoch } = identity;
    if (stored?.subject === subject && (epoch === null || stored.epoch === epoch)) return stored.entries;
    quietly(() => storage.removeItem(key));
    return [];
  }

  function write(entries: Stored['entries']): void {
    const { subject, epoch = null } = client.identity ?? {};
    if (subject === undefined || epoch === null) return;
    const left = entries.slice(-maxEntries);
    while (left.length > 0) {
      const text = JSON.stringify({ v: 1, subject, epoch, entries: left } satisfies Stored);
      // A storage that is full may have room for less.
      if (text.length <= maxLength && quietly(() => (storage.setItem(key, text), true))) return;
      left.shift();
    }
    quietly(() => storage.removeItem(key));
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0 || client.identity?.epoch == null) return;
    let entries = read();
    for (const [name, read] of waiting) {
      const kept = read();
      entries = entries.filter(([other]) => other !== name);
      if (kept) entries.push([name, kept.cursor, kept.state]);
    }
    waiting.clear();
    write(entries);
  }

  client.onStatus(() => {
    // Removes what is another person's, or of another log, as soon as that is known.
    read();
    if (waiting.size > 0) timer ??= setTimeout(flush, delayMs);
  });
  if (typeof window !== 'undefined') window.addEventListener('pagehide', flush);

  return {
    load(name) {
      const entry = read().find(([other]) => other === name);
      return entry ? { cursor: entry[1], state: entry[2] } : null;
    },
    save(name, read) {
      waiting.set(name, read);
      timer ??= setTimeout(flush, delayMs);
    },
    drop(name) {
      waiting.delete(name);
      const entries = read();
      if (entries.some(([other]) => other === name)) write(entries.filter(([other]) => other !== name));
    },
  };
}

/** Null: there is nothing; undefined: there is something that is of no use. */
function parse(text: string | null, maxLength: number): Stored | null | undefined {
  if (text === null) return null;
  if (text.length > maxLength) return undefined;
  const stored = quietly(() => JSON.parse(text) as Partial<Stored> | null);
  if (stored?.v !== 1 || typeof stored.subject !== 'string' || typeof stored.epoch !== 'number') return undefined;
  const { entries } = stored as Stored;
  const good = Array.isArray(entries) && entries.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string');
  return good ? (stored as Stored) : undefined;
}

/** Storages throw where they are forbidden or full. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
