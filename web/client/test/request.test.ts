import { expect, test } from 'vitest';
import type { Client } from '../src/index.ts';
import { messageOf, ProblemError, requestJson, UNREACHABLE } from '../src/stores/request.ts';

const answering = (body: BodyInit | null, status = 200) =>
  ({ fetch: () => Promise.resolve(new Response(body, { status })) }) as unknown as Client;

test('an answer is its JSON, or nothing where there is no content', async () => {
  expect(await requestJson(answering('{"a":1}'), '/')).toEqual({ a: 1 });
  expect(await requestJson(answering(null, 204), '/')).toBeUndefined();
});

test('an answer that breaks off or is no JSON counts as none', async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"data":['));
      controller.error(new TypeError('the connection is gone'));
    },
  });
  for (const body of [broken, '{"data":[', '<html>', '']) {
    const failure: unknown = await requestJson(answering(body), '/').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(messageOf(failure)).toBe(UNREACHABLE);
  }
});

test('a refusal is what the server says, however little that is', async () => {
  const problem = { type: 't', title: 'T', status: 409, code: 'version_conflict', detail: 'Somebody was faster.' };
  const told: unknown = await requestJson(answering(JSON.stringify(problem), 409), '/').catch((error: unknown) => error);
  expect((told as ProblemError).problem).toEqual(problem);
  const untold: unknown = await requestJson(answering('<html>', 502), '/').catch((error: unknown) => error);
  expect((untold as ProblemError).problem).toMatchObject({ status: 502, code: 'http_error' });
});
