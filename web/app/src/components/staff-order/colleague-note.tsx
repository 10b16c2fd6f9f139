import { VisuallyHidden } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import type { OrderEvent } from '@waybill/client';
import { eventTitle } from '../../describe.ts';
import { clockTime } from '../../format.ts';
import { Note } from '../note.tsx';
import type { Draft } from './draft.ts';

/** What others did to the order since editing began, and what became of it in the form. */
export function ColleagueNote({ draft, events, me }: { draft: Draft; events: readonly OrderEvent[]; me: string }) {
  const news = events.filter((event) => event.version > draft.since);
  const { clashes, taken } = draft;
  const outcome = clashes.length > 0
    ? 'Where both of you changed the same, choose below which is to stand.'
    : taken.length > 0 ? 'It is in the form already, beside your own changes.' : 'It does not touch your changes.';
  return (
    <>
      {news.length > 0 && (
        <Note tone={clashes.length > 0 ? 'warn' : 'info'} icon={<IconUsers size={18} />} title="The order changed while you were editing">
          <ul>
            {news.slice(-5).map((event) => (
              <li key={event.version}>
                <strong>{who(event, me)}</strong>: {eventTitle(event).toLowerCase()}, <time dateTime={event.recorded_at}>{clockTime(event.recorded_at)}</time>
              </li>
            ))}
          </ul>
          <p>{outcome}</p>
        </Note>
      )}
      <VisuallyHidden role="status" aria-label="Changes of others">
        {news.length > 0 && `${who(news.at(-1), me)} changed the order. ${outcome}`}
      </VisuallyHidden>
    </>
  );
}

function who(event: OrderEvent | undefined, me: string): string {
  const actor = event?.actor;
  if (!actor) return 'Somebody';
  return actor.kind === 'system' ? 'Waybill itself' : actor.id === me ? 'You, elsewhere' : actor.id;
}
