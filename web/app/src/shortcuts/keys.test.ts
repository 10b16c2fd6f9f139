import { expect, test } from 'vitest';
import { findCommands } from './find.ts';
import { KeySequence } from './keys.ts';
import type { Command } from './registry.ts';

const run = () => undefined;
const COMMANDS: Command[] = [
  { id: 'edit', name: 'Edit', keys: 'e', run },
  { id: 'orders', name: 'Orders', group: 'Go to', keys: 'g o', run },
  { id: 'analytics', name: 'Analytics', group: 'Go to', keys: 'g a', keywords: 'charts', run },
  { id: 'help', name: 'Keyboard shortcuts', keys: '?', run },
];

function pressed(...keys: [key: string, ms: number][]): (string | undefined)[] {
  const sequence = new KeySequence();
  return keys.map(([key, ms]) => sequence.press(key, ms, COMMANDS)?.id);
}

test('one key, two keys, and a key that belongs to none', () => {
  expect(pressed(['e', 0], ['g', 100], ['a', 200], ['x', 300], ['?', 400])).toEqual(['edit', undefined, 'analytics', undefined, 'help']);
});

test('a key that leads nowhere begins anew', () => {
  expect(pressed(['g', 0], ['e', 10], ['g', 20], ['g', 30], ['o', 40])).toEqual([undefined, 'edit', undefined, undefined, 'orders']);
});

test('keys far apart are not one sequence', () => {
  expect(pressed(['g', 0], ['o', 1_501])).toEqual([undefined, undefined]);
});

test('of two with the same keys the first counts', () => {
  const own = { id: 'own', name: 'Own', keys: '?', run };
  expect(new KeySequence().press('?', 0, [own, ...COMMANDS])?.id).toBe('own');
});

test('commands are found by words of their name, group or keywords', () => {
  const ids = (text: string) => findCommands(COMMANDS, text).map(({ id }) => id);
  expect(ids('go ord')).toEqual(['orders']);
  expect(ids('charts')).toEqual(['analytics']);
  expect(ids('k')).toEqual(['help']);
  expect(ids('')).toHaveLength(4);
  expect(ids('nothing of the kind')).toEqual([]);
});
