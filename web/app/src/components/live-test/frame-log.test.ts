import { expect, test } from 'vitest';
import { FrameLog, hideTokens, KEPT_MAX, matching, pretty } from './frame-log.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWl0';

test('no token is shown, wherever it stands', () => {
  expect(hideTokens(`{"type":"hello","token":"${JWT}"}`)).toBe('{"type":"hello","token":"••• hidden •••"}');
  expect(hideTokens('{"token":"short"}')).not.toContain('short');
  expect(hideTokens(`{"url":"https://shop.example/track#${JWT}"}`)).not.toContain('eyJ');
  expect(hideTokens(`{"type":"hello","token":"${JWT}`)).not.toContain('eyJ');
  expect(hideTokens('{"order_number":"ORD-10001","note":"version.one-two.three"}')).toContain('version.one-two.three');
});

test('a message is taken apart, long frames are cut and old ones let go of', () => {
  const log = new FrameLog();
  log.addMessage('in', '{"type":"ping"}\n{"type":"event","event":{"type":"order.created"}}\nnothing\n[1]\nnull', 5);
  expect(log.get().frames.map(({ type }) => type)).toEqual(['ping', 'event order.created', 'no frame', 'no frame', 'no frame']);
  log.add('out', 'long', 'ä'.repeat(20_000), 6);
  expect(log.get().frames.at(-1)).toMatchObject({ n: 6, bytes: 40_000, cut: true });
  expect(log.get().frames.at(-1)?.text).toHaveLength(16_384);
  for (let i = 0; i < KEPT_MAX; i++) log.add('in', 'ping', '', 7);
  expect(log.get().frames).toHaveLength(KEPT_MAX);
  expect(log.get()).toMatchObject({ dropped: 6, frames: { 0: { n: 7 } } });
});

test('filters by words and by direction', () => {
  const log = new FrameLog();
  log.addMessage('in', '{"type":"ping","cursor":"A1"}\n{"type":"live","id":"1.0"}', 0);
  log.addMessage('out', '{"type":"pong"}', 0);
  const { frames } = log.get();
  expect(matching(frames, 'PING a1', null)).toHaveLength(1);
  expect(matching(frames, '', 'out')).toHaveLength(1);
  expect(matching(frames, '', null)).toHaveLength(3);
});

test('a part of JSON is shown as it is', () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('{"a":')).toBe('{"a":');
});
