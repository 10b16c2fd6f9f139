import type { NodeSample, NodeState } from '@waybill/client';
import { describe, expect, test } from 'vitest';
import { hear, knownSample, NO_NODES, shownNode } from './nodes.ts';

function state(id: string, numbers: number[], more: { name?: string; started_at?: string } = {}): NodeState {
  const samples = numbers.map((number) => ({ number }) as NodeSample);
  return { node: { id, name: id, version: '1', started_at: '2026-01-01T00:00:00Z', ...more }, samples } as NodeState;
}

const numbers = (samples: readonly NodeSample[] | undefined) => samples?.map((sample) => sample.number);

describe('what nodes say', () => {
  test('samples that follow on are joined, and at most as many kept as a node keeps', () => {
    let nodes = hear(NO_NODES, state('a', [1, 2]), 0);
    expect(knownSample(nodes)).toEqual({ node: 'a', after: 2 });
    nodes = hear(nodes, state('a', [3]), 1);
    nodes = hear(nodes, state('a', []), 2);
    expect(numbers(shownNode(nodes)?.samples)).toEqual([1, 2, 3]);
    nodes = hear(nodes, state('a', Array.from({ length: 400 }, (_, n) => n + 4)), 3);
    expect(shownNode(nodes)?.samples).toHaveLength(300);
    expect(shownNode(nodes)?.samples[0]?.number).toBe(104);
  });

  test('after a gap only what is newer is kept', () => {
    let nodes = hear(NO_NODES, state('a', [1, 2]), 0);
    nodes = hear(nodes, state('a', [9, 10]), 1);
    expect(numbers(shownNode(nodes)?.samples)).toEqual([9, 10]);
  });

  test('figures of another node are kept apart from those of the one that is shown', () => {
    let nodes = hear(NO_NODES, state('a', [1, 2]), 0);
    nodes = hear(nodes, state('b', [3, 4]), 1);
    expect(nodes.shown).toBe('a');
    expect(numbers(shownNode(nodes)?.samples)).toEqual([1, 2]);
    expect(shownNode(nodes)?.heardAt).toBe(0);
    expect(numbers(shownNode({ ...nodes, shown: 'b' })?.samples)).toEqual([3, 4]);
  });

  test('a node that was started anew takes its own place, and nobody else’s', () => {
    let nodes = hear(NO_NODES, state('a', [1, 2], { name: 'one' }), 0);
    nodes = hear(nodes, state('b', [7], { name: 'two' }), 1);
    nodes = hear(nodes, state('c', [1], { name: 'one', started_at: '2026-01-02T00:00:00Z' }), 2);
    expect(nodes.shown).toBe('c');
    expect(nodes.all.map((one) => one.state.node.id)).toEqual(['c', 'b']);
    // A late answer of what was there before does not bring it back to the front.
    nodes = hear(nodes, state('a', [3], { name: 'one' }), 3);
    expect(nodes.shown).toBe('c');
  });

  test('a node that has long been silent is forgotten, unless it is shown', () => {
    let nodes = hear(NO_NODES, state('a', [1]), 0);
    nodes = hear(nodes, state('b', [1]), 0);
    nodes = hear(nodes, state('c', [1]), 11 * 60_000);
    expect(nodes.all.map((one) => one.state.node.id)).toEqual(['a', 'c']);
  });
});
