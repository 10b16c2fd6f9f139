/** Reads through the API, with its problems as errors. */
import type { Client } from '../client.ts';
import type { Problem } from '../wire.ts';

/** An answer of the API that is not a success. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/**
 * The JSON of a successful answer, nothing of one that has no content; throws a `ProblemError` for any other, and what
 * `fetch` throws for one that was broken off or is no JSON.
 */
export async function requestJson<T>(client: Client, path: string, init?: RequestInit): Promise<T> {
  const response = await client.fetch(path, init);
  const { ok, status, statusText } = response;
  if (ok) return (status === 204 ? undefined : await response.json()) as T;
  const body: unknown = await response.json().catch(() => null);
  const title = statusText || `HTTP ${status}`;
  const unknownProblem = { type: 'about:blank', title, status, code: 'http_error', detail: title };
  throw new ProblemError({ ...unknownProblem, ...(body as Partial<Problem> | null) });
}

/** Said when there was no answer. */
export const UNREACHABLE = 'Waybill cannot be reached right now.';

/** A failure in words. */
export function messageOf(error: unknown): string {
  if (error instanceof ProblemError) return error.message;
  return UNREACHABLE;
}
