import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconArrowsSort, IconFilterX, IconSearch, IconUser } from '@tabler/icons-react';
import { type Counts, STATUSES } from '@waybill/client';
import type { OrdersSort } from '@waybill/client/react';
import { useState } from 'react';
import { STATUS_NAMES } from '../../describe.ts';
import { type Command, useCommands } from '../../shortcuts/registry.ts';
import { STATUS_ICONS } from '../status.tsx';
import { StatusFilter } from '../status-filter.tsx';
import css from './board-filters.module.css';
import { type ChangeView, useTyped } from './use-view.ts';
import { clipCustomer, clipText, EVERYTHING, isFiltered, SORT_NAMES, type View } from './view.ts';

interface Props {
  view: View;
  change: ChangeView;
  /** Null: not known. */
  counts: Counts | null;
}

export const SEARCH_FIELD = 'board-search';

/** What to show and in which order. Where there is little room, all but text and status is folded away. */
export function BoardFilters({ view, change, counts }: Props) {
  const [unfolded, setUnfolded] = useState(false);
  const [q, setQ] = useTyped(view.q, (text) => change({ q: clipText(text) }, { typing: true }));
  const [customer, setCustomer] = useTyped(view.customer, (text) => change({ customer: clipCustomer(text) }, { typing: true }));
  const folded = [view.customer, view.from, view.to].filter(Boolean).length;
  useFilterCommands(view, change);
  const backwards = view.from !== '' && view.to !== '' && view.to < view.from;
  return (
    <search className={css.filters} aria-label="Orders">
      <div className={css.fields} data-unfolded={unfolded || undefined}>
        <TextInput
          id={SEARCH_FIELD} type="search" aria-label="Search orders" placeholder="Number, name, e-mail, article …" className={css.text ?? ''}
          leftSection={<IconSearch size={16} />} value={q} onChange={(event) => setQ(event.currentTarget.value)}
          rightSection={q !== '' && <CloseButton size="sm" aria-label="Clear the search" onClick={() => setQ('')} />}
        />
        <Button
          variant="default" className={css.fold ?? ''} leftSection={<IconAdjustmentsHorizontal size={16} />}
          aria-expanded={unfolded} aria-controls="board-more-filters" onClick={() => setUnfolded(!unfolded)}
        >
          {folded > 0 ? `Filters (${folded})` : 'Filters'}
        </Button>
        <div className={css.more} id="board-more-filters">
          <TextInput
            aria-label="Customer" placeholder="Customer id" className={css.customer ?? ''} autoComplete="off" spellCheck={false}
            leftSection={<IconUser size={16} />} value={customer} onChange={(event) => setCustomer(event.currentTarget.value)}
          />
          <div className={css.days} role="group" aria-label="Placed">
            <span aria-hidden>Placed</span>
            <TextInput
              type="date" aria-label="Placed from" value={view.from} {...(view.to && { max: view.to })}
              onChange={(event) => change({ from: event.currentTarget.value })}
            />
            <span aria-hidden>–</span>
            <TextInput
              type="date" aria-label="Placed to" value={view.to} {...(view.from && { min: view.from })} error={backwards}
              onChange={(event) => change({ to: event.currentTarget.value })}
            />
          </div>
          <NativeSelect
            aria-label="Sort" className={css.sort ?? ''} value={view.sort}
            data={Object.entries(SORT_NAMES).map(([value, label]) => ({ value, label }))}
            onChange={(event) => change({ sort: event.currentTarget.value as OrdersSort })}
          />
        </div>
      </div>
      {backwards && <p className={css.note} role="alert">The last day is before the first one, so there is nothing to show.</p>}
      <div className={css.line}>
        <Statuses view={view} change={change} counts={counts} />
        {isFiltered(view) && (
          <Button
            variant="subtle" size="compact-sm" leftSection={<IconFilterX size={15} />}
            onClick={() => change({ ...EVERYTHING, sort: view.sort })}
          >
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

const GROUP = 'Filter the list';

/** The filters by name, for the command palette. */
function useFilterCommands(view: View, change: ChangeView): void {
  const sorts = Object.entries(SORT_NAMES) as [OrdersSort, string][];
  useCommands([
    ...STATUSES.map((status): Command => ({
      id: `only ${status}`, name: `Only ${STATUS_NAMES[status].toLowerCase()}`, group: GROUP, icon: STATUS_ICONS[status],
      keywords: 'filter status show', run: () => change({ status: [status] }),
    })),
    ...(isFiltered(view) ? [{ id: 'clear filters', name: 'Clear filters', group: GROUP, icon: IconFilterX, run: () => change({ ...EVERYTHING, sort: view.sort }) }] : []),
    ...sorts.filter(([sort]) => sort !== view.sort).map(([sort, name]): Command => ({
      id: `sort ${sort}`, name, group: GROUP, icon: IconArrowsSort, keywords: 'sort order by', run: () => change({ sort }),
    })),
  ]);
}

function Statuses({ view, change, counts }: Props) {
  const { status: chosen } = view;
  // The server counts by status and customer only.
  const counted = view.q === '' && view.from === '' && view.to === '';
  return (
    <StatusFilter
      counts={counted ? counts : null} chosen={chosen} onAll={() => change({ status: [] })}
      onToggle={(status) => change({ status: chosen.includes(status) ? chosen.filter((other) => other !== status) : [...chosen, status] })}
    />
  );
}
