/** The command palette: orders and commands by a few letters, without the mouse. */
import '@mantine/spotlight/styles.css';
import { Loader, VisuallyHidden } from '@mantine/core';
import { createSpotlight, Spotlight, useSpotlight } from '@mantine/spotlight';
import { IconPackage, IconSearch } from '@tabler/icons-react';
import type { OrderSummary } from '@waybill/client';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { STATUS_NAMES } from '../describe.ts';
import { plural } from '../format.ts';
import { findCommands, PAGE_GROUP, useFoundOrders } from './find.ts';
import { SEARCH_ID } from './global-commands.tsx';
import { Keys } from './key-caps.tsx';
import css from './palette.module.css';
import { type Command, registry } from './registry.ts';

const [store, spotlight] = createSpotlight();
const LIST = 'palette-list';
const OPTIONS = 'palette-options';
/** What scrolls is the list itself, to which the field leads. Passed on to the scroll area, though the types do not say so. */
const SCROLLED = { viewportProps: { role: 'listbox', id: OPTIONS, 'aria-label': 'Orders and commands' } };

interface Entry {
  id: string;
  name: string;
  description?: string;
  icon: ReactNode;
  keys?: string | undefined;
  run: () => void;
}

export default function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  // After the first rendering, so that the dialog knows where the focus was.
  useEffect(() => (opened ? spotlight.open() : spotlight.close()), [opened]);
  return (
    <Spotlight.Root
      store={store} shortcut={null} onSpotlightClose={onClose} scrollable maxHeight="min(30rem, 70dvh)" yOffset="8dvh"
      size="38rem" lockScroll={false} aria-label="Search orders and commands" overlayProps={{ backgroundOpacity: 0.35 }}
      transitionProps={{ duration: 100 }} classNames={{ content: css.palette ?? '' }}
    >
      <Choices />
    </Spotlight.Root>
  );
}

/** Rendered while open only, so that what was typed is asked for then only. */
function Choices() {
  const { query, selected } = useSpotlight(store);
  const [, navigate] = useLocation();
  const commands = findCommands(useSyncExternalStore(registry.subscribe, registry.get).filter(({ id }) => id !== SEARCH_ID), query);
  const { orders, searching, error } = useFoundOrders(query);
  const groups = new Map<string, Entry[]>();
  const add = (group: string, entry: Entry) => groups.set(group, [...(groups.get(group) ?? []), entry]);
  // Whoever types a number means an order.
  const ordersFirst = /\d/.test(query);
  const addOrders = () => orders.forEach((order) => add('Orders', orderEntry(order, () => navigate(`/orders/${order.order_id}`))));
  if (ordersFirst) addOrders();
  for (const command of commands) add(command.group ?? PAGE_GROUP, commandEntry(command));
  if (!ordersFirst) addOrders();
  const entries = [...groups.values()].flat();
  const known = entries.map(({ id }) => id).join('\n');
  // Entries that come or go take the choice with them otherwise.
  useEffect(chooseWithin, [known]);
  let at = 0;
  return (
    <>
      <Spotlight.Search
        placeholder="Find an order or a command" aria-label="Find an order or a command" role="combobox" aria-expanded aria-controls={OPTIONS}
        aria-autocomplete="list" aria-activedescendant={selected >= 0 && selected < entries.length ? optionId(selected) : undefined}
        leftSection={searching ? <Loader size={18} aria-hidden /> : <IconSearch size={18} stroke={1.6} />} autoComplete="off" spellCheck={false}
      />
      <Spotlight.ActionsList id={LIST} {...SCROLLED}>
        {[...groups].map(([group, inGroup]) => (
          <Spotlight.ActionsGroup key={group} label={group} role="group" aria-label={group} className={css.group ?? ''}>
            {inGroup.map((entry) => {
              const nth = at++;
              return (
                <Spotlight.Action
                  key={entry.id} label={entry.name} {...(entry.description && { description: entry.description })}
                  leftSection={entry.icon} {...(entry.keys && { rightSection: <Keys keys={entry.keys} /> })}
                  role="option" aria-selected={nth === selected} ref={(element) => element?.setAttribute('id', optionId(nth))}
                  className={css.action ?? ''} onClick={() => run(entry)}
                />
              );
            })}
          </Spotlight.ActionsGroup>
        ))}
      </Spotlight.ActionsList>
      {entries.length === 0 && !searching && error === null && <Spotlight.Empty>Nothing found for “{query.trim()}”.</Spotlight.Empty>}
      {error !== null && <Spotlight.Empty role="alert">Orders cannot be searched: {error}</Spotlight.Empty>}
      <VisuallyHidden role="status">{query.trim() !== '' && !searching && plural(entries.length, 'result')}</VisuallyHidden>
    </>
  );
}

const optionId = (nth: number) => `${LIST}-${nth}`;

function orderEntry(order: OrderSummary, run: () => void): Entry {
  const { order_id, order_number, status, recipient, customer_id, reference, titles } = order;
  const description = [STATUS_NAMES[status], recipient ?? customer_id, reference, titles[0]].filter(Boolean).join(' · ');
  return { id: `order ${order_id}`, name: order_number, description, icon: <IconPackage size={20} stroke={1.6} />, run };
}

function commandEntry({ id, name, icon: Icon, keys, run }: Command): Entry {
  return { id: `command ${id}`, name, icon: Icon ? <Icon size={20} stroke={1.6} /> : null, keys, run };
}

/** After the palette has closed, so that a dialog that the command opens is not the one that loses the focus to the page. */
function run({ run }: Entry): void {
  setTimeout(run);
}

function chooseWithin(): void {
  const options = [...(document.getElementById(LIST)?.querySelectorAll('[data-action]') ?? [])];
  options.forEach((option) => option.removeAttribute('data-selected'));
  const { selected } = store.getState();
  const nth = Math.min(Math.max(selected, 0), options.length - 1);
  options[nth]?.setAttribute('data-selected', 'true');
  if (nth !== selected) store.setState({ ...store.getState(), selected: nth });
}
