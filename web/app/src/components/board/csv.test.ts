import { expect, test } from 'vitest';
import { fileName, LineCounter } from './csv.ts';
import { EVERYTHING } from './view.ts';

test('orders are counted, not lines, wherever the pieces are cut', () => {
  const bytes = new TextEncoder().encode('number,titles\r\n1,"Tea\r\n""best"""\r\n2,Mug\r\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = new LineCounter();
    lines.count(bytes.slice(0, cut));
    lines.count(bytes.slice(cut));
    expect(lines.rows).toBe(2);
  }
});

test('a file is named by what is in it and when it was made', () => {
  const now = new Date(2026, 2, 2, 14, 5);
  expect(fileName(EVERYTHING, now)).toBe('orders-made-2026-03-02-1405.csv');
  const view = { ...EVERYTHING, status: ['pending', 'shipped'] as const, customer: 'a/b', from: '2026-02-01', q: 'blue "mug"?' };
  expect(fileName(view, now)).toBe('orders-pending-shipped-a-b-from-2026-02-01-blue-mug-made-2026-03-02-1405.csv');
});
