/**
 * What nodes have said of themselves. Behind a balancer now one answers and now another, so everything is kept by node,
 * and one of them is shown: figures of two are never mixed.
 */
import type { NodeSample, NodeState } from '@waybill/client';
import type { KnownSample } from './admin.ts';

/** As many as a node keeps. */
const SAMPLES = 300;
/** A node that has not answered for so long is forgotten, unless it is the one that is shown. */
const FORGET_MS = 10 * 60_000;

export interface KnownNode {
  readonly state: NodeState;
  /** Oldest first, without a gap. */
  readonly samples: readonly NodeSample[];
  /** When it last answered, by this machine's clock. */
  readonly heardAt: number;
}

export interface Nodes {
  readonly all: readonly KnownNode[];
  /** The id of the one that is shown. */
  readonly shown: string | null;
}

export const NO_NODES: Nodes = { all: [], shown: null };

export function hear({ all, shown }: Nodes, state: NodeState, now: number): Nodes {
  const { node } = state;
  const before = all.find((one) => one.state.node.id === node.id);
  const current: KnownNode = { state, samples: join(before?.samples ?? [], state.samples), heardAt: now };
  // The same name under a new id is the same place, started anew; what was there before answers no more.
  const replaced = all.filter((one) => one.state.node.id !== node.id && one.state.node.name === node.name && one.state.node.started_at < node.started_at);
  const isShown = shown === null || replaced.some((one) => one.state.node.id === shown);
  const next = isShown ? node.id : shown;
  const others = all.filter((one) => one !== before && !replaced.includes(one) && (one.state.node.id === next || now - one.heardAt < FORGET_MS));
  return { all: [...others, current].sort((a, b) => (a.state.node.name < b.state.node.name ? -1 : 1)), shown: next };
}

/** Samples that follow on; if there is a gap, only those after it. */
function join(before: readonly NodeSample[], more: readonly NodeSample[]): readonly NodeSample[] {
  const last = before.at(-1);
  const first = more[0];
  if (first === undefined) return before;
  return last !== undefined && first.number === last.number + 1 ? [...before, ...more].slice(-SAMPLES) : more;
}

export function shownNode({ all, shown }: Nodes): KnownNode | null {
  return all.find((one) => one.state.node.id === shown) ?? null;
}

/** From where on samples are wanted. */
export function knownSample(nodes: Nodes): KnownSample | null {
  const node = shownNode(nodes);
  const last = node?.samples.at(-1);
  return node && last ? { node: node.state.node.id, after: last.number } : null;
}
