/** The requests of one client, each waiting until the test answers it. */
export class FakeRequest {
  readonly url: URL;
  readonly init: RequestInit;
  private resolve!: (response: Response) => void;
  private reject!: (error: Error) => void;
  private body: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly response: Promise<Response>;
  aborted = false;

  constructor(url: URL, init: RequestInit = {}) {
    this.url = url;
    this.init = init;
    this.response = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    init.signal?.addEventListener('abort', () => {
      this.aborted = true;
      this.fail();
    });
  }

  get path(): string {
    return this.url.pathname + this.url.search;
  }

  get token(): string | null {
    return new Headers(this.init.headers).get('authorization');
  }

  json(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.resolve(new Response(JSON.stringify(body), { status, headers }));
  }

  problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): void {
    this.json({ type: '', title: '', status, code, detail: code, ...more }, status, headers);
  }

  /** Begins a stream of server-sent events. */
  stream(type = 'text/event-stream'): void {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.body = controller) });
    this.resolve(new Response(body, { headers: { 'content-type': type } }));
  }

  say(text: string): void {
    this.body?.enqueue(new TextEncoder().encode(text));
  }

  /** One event of the stream. */
  event(type: string, data: object, id = ''): void {
    this.say(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.body?.close();
  }

  /** As when the network is gone. */
  fail(): void {
    this.reject(new TypeError('no network'));
    try {
      this.body?.error(new TypeError('no network'));
    } catch {
      // It had ended before.
    }
  }
}

export class FakeHttp {
  readonly all: FakeRequest[] = [];
  /** Whether requests for who we are answer themselves. */
  knows = true;

  readonly fetch: typeof fetch = (url, init) => {
    const request = new FakeRequest(url as URL, init);
    this.all.push(request);
    if (this.knows && request.url.pathname === '/v1/me') {
      request.json({ subject: 'ada', roles: ['customer'], audience: 'customer', credential: 'bearer', expires_at: '' });
    }
    return request.response;
  };

  /** Those to one path, oldest first. */
  to(path: string): FakeRequest[] {
    return this.all.filter((request) => request.url.pathname === path);
  }

  last(path: string): FakeRequest {
    const last = this.to(path).at(-1);
    if (!last) throw new Error(`nothing was asked of ${path}; of others: ${this.all.map((request) => request.path).join(', ')}`);
    return last;
  }
}
