import { VisuallyHidden } from '@mantine/core';
import type { OrderEvent } from '@waybill/client';
import { useEffect, useState } from 'react';
import { eventStatus, eventTitle, messageOfEvent, saysSomething } from '../../describe.ts';
import { plural } from '../../format.ts';

/** What comes together is said together. */
const GATHER_MS = 400;
const SAID_MAX = 3;

/** Tells a screen reader what happens to the order that is being looked at; politely, and only what is new. */
export function OrderNews({ events, version }: { events: readonly OrderEvent[]; version: number }) {
  const [said, setSaid] = useState({ upTo: version, text: '' });
  useEffect(() => {
    const news = events.filter((event) => event.version > said.upTo && saysSomething(event));
    const last = news.at(-1);
    if (!last) return;
    const text = news.length > SAID_MAX ? `${plural(news.length, 'change')} to this order.` : news.map(sentence).join(' ');
    const timer = setTimeout(() => setSaid({ upTo: last.version, text }), GATHER_MS);
    return () => clearTimeout(timer);
  }, [events, said.upTo]);
  return <VisuallyHidden role="status" aria-label="News of this order">{said.text}</VisuallyHidden>;
}

function sentence(event: OrderEvent): string {
  const status = eventStatus(event);
  const message = messageOfEvent(event);
  const what = status === null ? `${eventTitle(event)}.` : `The order is now ${status}.`;
  return message === undefined ? what : `${what} ${message}`;
}
