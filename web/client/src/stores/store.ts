/**
 * State that lives while somebody looks at it. Lingers a little after the last one has gone, so that
 * going back a page, or React's double mounting, finds it as it was.
 */
import type { Client } from '../client.ts';

const LINGER_MS = 5_000;

export abstract class Store<S extends object> {
  private readonly listeners = new Set<() => void>();
  private linger: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  protected readonly client: Client;
  private state: S;

  constructor(client: Client, initial: S) {
    this.client = client;
    this.state = initial;
  }

  protected abstract open(): void;
  protected abstract close(): void;

  readonly get = (): S => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    clearTimeout(this.linger);
    if (!this.running) {
      this.running = true;
      this.open();
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.linger = setTimeout(() => this.end(), LINGER_MS);
    };
  };

  protected set(change: Partial<S>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  private end(): void {
    this.running = false;
    this.close();
    for (const [key, store] of stores(this.client)) if (store === this) stores(this.client).delete(key);
  }
}

const byClient = new WeakMap<Client, Map<string, unknown>>();

function stores(client: Client): Map<string, unknown> {
  let all = byClient.get(client);
  if (!all) {
    all = new Map<string, unknown>();
    byClient.set(client, all);
  }
  return all;
}

/** The one store of that name, shared by whoever asks. */
export function shared<T>(client: Client, key: string, make: () => T): T {
  const all = stores(client);
  if (!all.has(key)) all.set(key, make());
  return all.get(key) as T;
}
