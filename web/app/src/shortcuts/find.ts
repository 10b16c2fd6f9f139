/** Finding orders and commands by what was typed. */
import type { OrderPage, OrderSummary } from '@waybill/client';
import { messageOf, requestJson, useWaybill } from '@waybill/client/react';
import { useEffect, useState } from 'react';
import type { Command } from './registry.ts';

/** The group of a command that names none. */
export const PAGE_GROUP = 'This page';

/** Shorter texts match too much to be worth a question. */
const MIN_LENGTH = 2;
const WAIT_MS = 200;
const ORDERS_MAX = 6;

/** The commands in whose words every word that was typed occurs; those whose name begins so come first. */
export function findCommands(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return commands;
  const found = commands.filter(({ name, group = PAGE_GROUP, keywords = '' }) => {
    const all = `${name} ${group} ${keywords}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const first = words[0] ?? '';
  const [best, others] = [true, false].map((begins) => found.filter(({ name }) => name.toLowerCase().startsWith(first) === begins));
  return [...(best ?? []), ...(others ?? [])];
}

export interface FoundOrders {
  readonly orders: readonly OrderSummary[];
  readonly searching: boolean;
  readonly error: string | null;
}

const NONE: FoundOrders = { orders: [], searching: false, error: null };

/** Asks the server for orders that match, once nothing was typed for a moment. */
export function useFoundOrders(text: string): FoundOrders {
  const client = useWaybill();
  const q = text.trim();
  const wanted = q.length >= MIN_LENGTH;
  const [answer, setAnswer] = useState<{ q: string; found: FoundOrders }>({ q: '', found: NONE });
  useEffect(() => {
    if (!wanted) return;
    const asked = new AbortController();
    const timer = setTimeout(() => {
      const query = new URLSearchParams({ q, limit: String(ORDERS_MAX), sort: '-updated_at' });
      requestJson<OrderPage>(client, `/v1/orders?${query.toString()}`, { signal: asked.signal }).then(
        ({ data }) => setAnswer({ q, found: { orders: data, searching: false, error: null } }),
        (error: unknown) => {
          if (!asked.signal.aborted) setAnswer({ q, found: { orders: [], searching: false, error: messageOf(error) } });
        },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [client, q, wanted]);
  if (!wanted) return NONE;
  // What was found for fewer letters stays until there is better.
  return answer.q === q ? answer.found : { orders: q.startsWith(answer.q) && answer.q !== '' ? answer.found.orders : [], searching: true, error: null };
}
