/**
 * What can be done here and now, by name in the command palette or by key. A page says what it offers with
 * {@link useCommands} for as long as it is shown; what can be done everywhere is in `global-commands.tsx`.
 */
import type { TablerIcon } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

export interface Command {
  /** Unique among what is offered at a time. */
  readonly id: string;
  /** As the palette and the list of shortcuts call it: "Mark as delivered". */
  readonly name: string;
  /** The heading that it stands under; "This page" if left out. */
  readonly group?: string;
  readonly icon?: TablerIcon;
  /**
   * What to press: keys one after the other, with blanks between, each as `KeyboardEvent.key` has it: `e`, `g o`, `?`,
   * `ArrowDown`. Does nothing while somebody types or a dialog is open. A page's keys go before those that hold everywhere.
   */
  readonly keys?: string;
  /** Further words by which it is found. */
  readonly keywords?: string;
  readonly run: () => void;
}

/** In which order what is offered is looked through and listed. */
export const LAYERS = ['page', 'everywhere'] as const;
export type Layer = (typeof LAYERS)[number];

interface Offer {
  readonly layer: Layer;
  readonly commands: readonly Command[];
}

const offers = new Map<symbol, Offer>();
const listeners = new Set<() => void>();
let all: readonly Command[] = [];

function changed(): void {
  const inOrder = [...offers.values()].reverse();
  all = LAYERS.flatMap((layer) => inOrder.filter((offer) => offer.layer === layer).flatMap(({ commands }) => commands));
  for (const listener of listeners) listener();
}

/** For `useSyncExternalStore`. */
export const registry = {
  get: (): readonly Command[] => all,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** Offers commands as long as the component is shown. Leave out what is not allowed at the moment. */
export function useCommands(commands: readonly Command[], layer: Layer = 'page'): void {
  const [owner] = useState(() => Symbol('commands'));
  useEffect(() => {
    offers.set(owner, { layer, commands });
    changed();
  }, [owner, layer, commands]);
  useEffect(() => () => {
    offers.delete(owner);
    changed();
  }, [owner]);
}
