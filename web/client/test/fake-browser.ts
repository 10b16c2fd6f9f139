/** A browser with tabs: Web Locks and BroadcastChannel between them, and tabs that are closed or frozen. */
import type { Place } from './sim-server.ts';

interface Request {
  tab: Tab;
  name: string;
  callback: LockGrantedCallback<unknown>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

const aborted = () => new DOMException('gone', 'AbortError');

export class FakeBrowser {
  readonly channels = new Set<FakeChannel>();
  private readonly held = new Map<string, Request>();
  private queue: Request[] = [];

  open(): Tab {
    return new Tab(this);
  }

  /** Who has a lock whose name begins like this. */
  holder(prefix: string): Tab | undefined {
    return [...this.held.values()].find(({ name }) => name.startsWith(prefix))?.tab;
  }

  request(tab: Tab, name: string, options: LockOptions, callback: LockGrantedCallback<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = { tab, name, callback, resolve, reject };
      const { signal, steal } = options;
      if (signal?.aborted) {
        reject(aborted());
        return;
      }
      if (steal) {
        const before = this.held.get(name);
        before?.tab.run(() => before.reject(aborted()));
        this.grant(request);
        return;
      }
      this.queue.push(request);
      signal?.addEventListener('abort', () => {
        if (!this.queue.includes(request)) return;
        this.queue = this.queue.filter((other) => other !== request);
        reject(aborted());
      });
      this.grantNext();
    });
  }

  leave(tab: Tab): void {
    this.queue = this.queue.filter((request) => request.tab !== tab);
    for (const [name, request] of this.held) if (request.tab === tab) this.held.delete(name);
    for (const channel of this.channels) if (channel.tab === tab) this.channels.delete(channel);
    this.grantNext();
  }

  private grantNext(): void {
    for (const request of [...this.queue]) {
      if (this.held.has(request.name)) continue;
      this.queue = this.queue.filter((other) => other !== request);
      this.grant(request);
    }
  }

  private grant(request: Request): void {
    const { tab, name, callback, resolve } = request;
    this.held.set(name, request);
    setTimeout(() => tab.run(() => void this.hold(request, callback({ name, mode: 'exclusive' })).then(resolve)));
  }

  private async hold(request: Request, result: unknown): Promise<unknown> {
    const value = await result;
    if (this.held.get(request.name) === request) {
      this.held.delete(request.name);
      this.grantNext();
    }
    return value;
  }
}

class FakeChannel {
  onmessage: ((message: { data: unknown }) => void) | null = null;
  readonly tab: Tab;
  private readonly name: string;
  private readonly browser: FakeBrowser;

  constructor(browser: FakeBrowser, tab: Tab, name: string) {
    this.browser = browser;
    this.tab = tab;
    this.name = name;
    browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (!this.tab.isOpen) return;
    if (!this.browser.channels.has(this)) throw new DOMException('closed', 'InvalidStateError');
    const data: unknown = structuredClone(message);
    for (const other of this.browser.channels) {
      if (other === this || other.name !== this.name) continue;
      setTimeout(() => other.tab.run(() => {
        if (this.browser.channels.has(other)) other.onmessage?.({ data });
      }), 1);
    }
  }

  close(): void {
    this.browser.channels.delete(this);
  }
}

export class Tab implements Place {
  private state: 'open' | 'frozen' | 'closed' = 'open';
  private backlog: (() => void)[] = [];
  private readonly browser: FakeBrowser;

  constructor(browser: FakeBrowser) {
    this.browser = browser;
  }

  get isOpen(): boolean {
    return this.state !== 'closed';
  }

  run(callback: () => void): void {
    if (this.state === 'open') callback();
    else if (this.state === 'frozen') this.backlog.push(callback);
  }

  /** Without a word to anybody, as when it crashes. */
  close(): void {
    this.state = 'closed';
    this.browser.leave(this);
  }

  freeze(): void {
    if (this.state === 'open') this.state = 'frozen';
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'open';
    for (const callback of this.backlog.splice(0)) this.run(callback);
  }

  get locks(): LockManager {
    const request = (name: string, a: LockOptions | LockGrantedCallback<unknown>, b?: LockGrantedCallback<unknown>) =>
      b ? this.browser.request(this, name, a as LockOptions, b) : this.browser.request(this, name, {}, a as LockGrantedCallback<unknown>);
    return { request, query: () => Promise.resolve({}) } as LockManager;
  }

  get BroadcastChannel(): typeof BroadcastChannel {
    const { browser } = this;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const tab = this;
    class Channel extends FakeChannel {
      constructor(name: string) {
        super(browser, tab, name);
      }
    }
    return Channel as unknown as typeof BroadcastChannel;
  }
}
