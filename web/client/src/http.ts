/** The requests of polling: a page of events, and the state to start from. */
import type { OrderSummary, OrderView, Problem } from './wire.ts';
import type { Snapshot } from './frames.ts';
import type { EventPage, Effect, Failure, Subscription } from './state.ts';

export interface Http {
  base: URL;
  fetch: typeof fetch;
  token: () => string | null;
}

type Answer<T> = T | { type: 'failed'; failure: Failure };

export async function fetchPage(
  http: Http,
  { sub, after, waitSecs }: Extract<Effect, { do: 'poll' }>,
  signal: AbortSignal,
): Promise<Answer<{ type: 'page'; page: EventPage }>> {
  const query = new URLSearchParams({ topic: sub.topic, after, wait: String(waitSecs) });
  if (sub.types) query.set('types', sub.types.join(','));
  if (sub.include) query.set('include', sub.include);
  const answer = await get<EventPage>(http, `/v1/events?${query.toString()}`, signal);
  return 'failure' in answer ? answer : { type: 'page', page: answer.body };
}

/** The same state as a `snapshot` frame brings: one order, or the first page of those that the caller may see. */
export async function fetchSnapshot(
  http: Http,
  sub: Subscription,
  signal: AbortSignal,
): Promise<Answer<{ type: 'loaded'; snapshot: Snapshot }>> {
  const [kind, id = ''] = sub.topic.split(/:(.*)/s);
  if (kind === 'order') {
    const answer = await get<OrderView & { cursor: string }>(http, `/v1/orders/${encodeURIComponent(id)}`, signal);
    if ('failure' in answer) return answer;
    return { type: 'loaded', snapshot: { cursor: answer.body.cursor, order: answer.body } };
  }
  const query = kind === 'customer' && id !== 'me' ? `?customer=${encodeURIComponent(id)}` : '';
  const answer = await get<{ data: OrderSummary[]; next_cursor: string | null; cursor: string }>(
    http, `/v1/orders${query}`, signal,
  );
  if ('failure' in answer) return answer;
  const { data: orders, next_cursor, cursor } = answer.body;
  return { type: 'loaded', snapshot: { orders, next_cursor, cursor } };
}

// The caller says what the server promised to answer.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
async function get<T>(http: Http, path: string, signal: AbortSignal): Promise<Answer<{ body: T }>> {
  try {
    const response = await http.fetch(new URL(path, http.base), {
      headers: { authorization: `Bearer ${http.token() ?? ''}`, accept: 'application/json' },
      signal,
    });
    if (response.ok) return { body: (await response.json()) as T };
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    const wait = Number(response.headers.get('retry-after') ?? problem.retry_after_secs ?? 0);
    return {
      type: 'failed',
      failure: {
        status: response.status,
        code: problem.code ?? 'http_error',
        detail: problem.detail ?? response.statusText,
        // Spread over twice the time, so that those who were told the same do not come back together.
        ...(wait > 0 && { withinMs: wait * 2000 }),
      },
    };
  } catch (error) {
    return { type: 'failed', failure: { status: 0, code: 'unreachable', detail: String(error) } };
  }
}
