import { expect, test } from 'vitest';
import { isCurrent } from '../scripts/generate.js';

test("the contract's types are what the server's documents say", async () => {
  expect(await isCurrent()).toBe(true);
});
