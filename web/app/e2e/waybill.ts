/** The real server, as `make run` starts it, on a port and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY = process.env['WAYBILL_BIN'] ?? fileURLToPath(new URL('../../../target/debug/waybill', import.meta.url));
/** A first start makes a database. */
const READY_MS = 60_000;

export const isBuilt = existsSync(BINARY);

export class Waybill {
  /** Made at the first start, since Playwright loads this file more often than it runs it. */
  private folder = '';
  private process: ChildProcess | undefined;
  private listen = '';
  /** What the server printed since it was last started. */
  private output = '';

  private readonly flags: readonly string[];

  constructor(flags: readonly string[] = []) {
    this.flags = flags;
  }

  async start(): Promise<void> {
    this.folder ||= mkdtempSync(join(tmpdir(), 'waybill-e2e-'));
    // As root, Postgres runs as somebody else, who has to get in.
    chmodSync(this.folder, 0o755);
    this.listen ||= `127.0.0.1:${await freePort()}`;
    this.output = '';
    const child = spawn(BINARY, ['dev', '--listen', this.listen, '--data-dir', join(this.folder, 'data'), ...this.flags]);
    this.process = child;
    const listening = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on('data', listening);
    child.stderr.on('data', listening);
    const deadline = Date.now() + READY_MS;
    while (!(await this.isReady())) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`waybill dev did not start:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends it the hard way (SIGKILL) or the polite one. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  remove(): void {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `http://${this.listen}`;
  }

  /** The link to the page that it printed for who has this role: it carries a token. */
  async link(role: string): Promise<string> {
    for (const [link] of this.output.matchAll(/http:\/\/[\d.]+:\d+\/#token=[\w.-]+/g)) {
      const me = await fetch(`${this.url}/v1/me`, { headers: { authorization: `Bearer ${link.split('#token=')[1] ?? ''}` } });
      const { roles } = (await me.json()) as { roles: string[] };
      if (roles.includes(role)) return link;
    }
    throw new Error(`no link for ${role} was printed:\n${this.output}`);
  }

  /** Asks as the admin; throws unless the answer is a success. */
  async ask(method: string, path: string, body?: object): Promise<Response> {
    const token = new URL(await this.link('admin')).hash.replace('#token=', '');
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** What a command answers. */
  async post<T>(path: string, body: object): Promise<T> {
    return (await (await this.ask('POST', path, body)).json()) as T;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok && this.output.includes('#token=');
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
