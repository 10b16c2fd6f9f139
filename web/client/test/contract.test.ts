import { expect, test } from 'vitest';
import { stale } from '../scripts/generate.js';

test("the contract's types are what the server's documents say", async () => {
  expect(await stale()).toEqual([]);
});
