/**
 * The same frames without a WebSocket: each subscription is a stream of server-sent events, or one long poll after the
 * other. Requests carry the token in a header, so no cookie is needed and Node can do it as well as a browser.
 */
import type { EventPage, Me, OrderAnswer, OrderPage, Problem } from '../contract.ts';
import { CLOSE, type Frame, type SubscribeFrame } from '../frames.ts';
import { readEvents } from './event-stream.ts';
import type { Wire, WireEvents } from './transport.ts';

/** Until the first byte of a stream: a proxy that hoards them makes streams useless. */
const FIRST_MS = 10_000;
/** Without a byte, which the server sends now and then in any case, a stream is dead; so is a poll that nobody answers. */
const SILENT_MS = 45_000;
/** How long the server may hold a poll open. */
const WAIT_SECS = 25;
/**
 * Requests held open at a time. Over HTTP/1.1 a browser makes six connections to a server, and the application needs
 * some; what goes beyond asks now and then.
 */
const HELD_MAX = 4;
const ASK_MS = 5_000;
/** How soon after the end of a token to come back with another. */
const RENEW_MS = 3_000;
/** As many rows as a snapshot over a WebSocket has. */
const SNAPSHOT_ROWS = '100';

export function openHttp(fetcher: typeof fetch, base: URL, streaming: boolean, on: WireEvents): Wire {
  const running = new Map<string, AbortController>();
  let token = '';
  let held = 0;
  let over = false;

  function close(): void {
    over = true;
    for (const request of running.values()) request.abort();
  }

  function end(code: number, withinMs?: number): void {
    if (over) return;
    close();
    on.closed(code, withinMs);
  }

  function get(path: string, query: Record<string, string | undefined>, signal?: AbortSignal): Promise<Response> {
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
    return fetcher(url, { headers: { authorization: `Bearer ${token}` }, ...(signal && { signal }) });
  }

  /** Whether an answer is one; if not, what it says of the subscription, or else of the connection, is told. */
  async function isGood(response: Response, id?: string): Promise<boolean> {
    const { ok, status, headers } = response;
    if (ok) return true;
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    const { code, detail = '', reason } = problem;
    const seconds = Number(headers.get('retry-after'));
    if (status === 401) end(code === 'token_revoked' ? CLOSE.revoked : CLOSE.unauthorized);
    // Spread over twice the time, so that those who were told the same do not come back together.
    else if (status >= 500 || status === 429 || status === 408) end(CLOSE.overloaded, seconds > 0 ? seconds * 2000 : undefined);
    else if (!code) end(CLOSE.useless);
    else if (id === undefined) return true;
    else if (status === 410) on.frames([{ type: 'reset', id, reason: (reason ?? 'epoch') as 'epoch' }]);
    else on.frames([{ type: 'error', id, code, detail, retry: false }]);
    return false;
  }

  /** Asks who we are, which shows that the server is there and takes the token. */
  async function hello(): Promise<void> {
    const response = await get('/v1/me', {});
    if (!(await isGood(response))) return;
    // Whoever holds a link to one order has no account to be told of.
    const me = response.ok ? ((await response.json()) as Me) : undefined;
    on.frames([{ type: 'welcome', ping_secs: 0, ...(me && { subject: me.subject, roles: me.roles, token_expires_at: me.expires_at }) }]);
  }

  async function follow({ id, topic, after = 'now', types, include, snapshot }: SubscribeFrame, { signal }: AbortController): Promise<void> {
    if (snapshot) {
      const [kind, name = ''] = topic.split(/:(.*)/s);
      const one = kind === 'order';
      const customer = kind === 'customer' && name !== 'me' ? name : undefined;
      const response = one
        ? await get(`/v1/orders/${encodeURIComponent(name)}`, {}, signal)
        : await get('/v1/orders', { limit: SNAPSHOT_ROWS, customer }, signal);
      if (!(await isGood(response, id))) return;
      const body = (await response.json()) as OrderAnswer | OrderPage;
      after = body.cursor;
      on.frames([
        { type: 'subscribed', id, mode: 'replay', cursor: after },
        'data' in body
          ? { type: 'snapshot', id, cursor: after, orders: body.data, ...(body.next_cursor && { next_cursor: body.next_cursor }) }
          : { type: 'snapshot', id, cursor: after, order: body },
      ]);
    } else {
      on.frames([{ type: 'subscribed', id, mode: 'replay', cursor: after }]);
    }
    const query = { topic, types: types?.join(), include };
    const holds = held < HELD_MAX;
    if (holds) held += 1;
    try {
      if (holds && streaming) await stream(id, { ...query, after }, signal);
      else await poll(id, { ...query, after }, signal, holds);
    } finally {
      if (holds) held -= 1;
    }
  }

  async function stream(id: string, query: Record<string, string | undefined>, signal: AbortSignal): Promise<void> {
    let watch = setTimeout(() => end(CLOSE.useless), FIRST_MS);
    try {
      const response = await get('/v1/events/stream', query, signal);
      if (!(await isGood(response, id))) return;
      if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
        end(CLOSE.useless);
        return;
      }
      for await (const events of readEvents(response.body)) {
        clearTimeout(watch);
        watch = setTimeout(() => end(CLOSE.noPong), SILENT_MS);
        if (signal.aborted) return;
        on.frames(events.flatMap(({ type, data }) => toFrames(id, type, data)));
      }
      if (!signal.aborted) end(CLOSE.lost);
    } finally {
      clearTimeout(watch);
    }
  }

  /** What one event of a stream is as frames. */
  function toFrames(id: string, type: string, data: string): Frame[] {
    const content = JSON.parse(data) as Record<string, unknown>;
    if (type === 'end') {
      // A stream ends a little before its token, which is then still as good as new to whoever gives it out.
      if (content['code'] === 'token_revoked') end(CLOSE.revoked);
      else end(CLOSE.draining, RENEW_MS);
      return [];
    }
    // The stream ends here by what it says, not by accident.
    if (type === 'reset') running.get(id)?.abort();
    if (type.startsWith('order.')) return [eventFrame(id, content as unknown as EventPage['data'][number])];
    return [{ ...content, type, id } as Frame];
  }

  async function poll(id: string, query: Record<string, string | undefined>, signal: AbortSignal, holds: boolean): Promise<void> {
    for (let after = query['after'], wait = 0; ; ) {
      const late = setTimeout(() => end(CLOSE.lost), SILENT_MS);
      const response = await get('/v1/events', { ...query, after, wait: String(wait) }, signal).finally(() => clearTimeout(late));
      if (!(await isGood(response, id))) return;
      const { data, cursor, more } = (await response.json()) as EventPage;
      if (signal.aborted) return;
      on.frames([...data.map((event) => eventFrame(id, event)), { type: more ? 'cursor' : 'live', id, cursor }]);
      after = cursor;
      wait = more || !holds ? 0 : WAIT_SECS;
      if (!more && !holds) await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  /** Does something that asks the server; no answer is the end. */
  function attempt(work: Promise<void>): void {
    work.catch(() => end(CLOSE.lost));
  }

  queueMicrotask(() => {
    if (!over) on.opened();
  });
  return {
    send(frames) {
      for (const frame of frames) {
        if ('token' in frame) token = frame.token;
        if (frame.type === 'hello') attempt(hello());
        if (frame.type === 'subscribe') {
          const request = new AbortController();
          running.set(frame.id, request);
          attempt(follow(frame, request).catch((error: unknown) => {
            if (!request.signal.aborted) throw error;
          }));
        }
        if (frame.type === 'unsubscribe') {
          running.get(frame.id)?.abort();
          running.delete(frame.id);
        }
      }
    },
    close,
  };
}

function eventFrame(id: string, { order, ...event }: EventPage['data'][number]): Frame {
  return { type: 'event', ids: [id], event, ...(order && { order }) };
}
