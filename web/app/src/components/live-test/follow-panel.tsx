import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import type { EventType } from '@waybill/client';
import { type SubmitEvent, useState } from 'react';
import type { Lab } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

const TYPES: readonly EventType[] = ['order.created', 'order.updated', 'order.status_changed', 'order.cancelled', 'order.completed'];

/** A topic's kind, what is to be named with it, and whether it is for staff. */
const KINDS = [
  { kind: 'orders', label: 'All orders', needs: null, staff: true },
  { kind: 'customer:me', label: 'My own orders', needs: null, staff: false },
  { kind: 'order', label: 'One order', needs: 'Id, number or reference', staff: false },
  { kind: 'customer', label: 'One customer’s orders', needs: 'Customer', staff: true },
  { kind: 'other', label: 'Any topic, as typed', needs: 'Topic', staff: false },
];

const FROM = [
  { value: 'snapshot', label: 'the present state (snapshot)' },
  { value: 'now', label: 'now' },
  { value: 'earliest', label: 'the first event (earliest)' },
  { value: 'cursor', label: 'a cursor …' },
];

export function FollowPanel({ lab, isStaff }: { lab: Lab; isStaff: boolean }) {
  const kinds = KINDS.filter(({ staff }) => isStaff || !staff);
  const [kind, setKind] = useState(kinds[0]?.kind ?? 'order');
  const [name, setName] = useState('');
  const [from, setFrom] = useState('snapshot');
  const [cursor, setCursor] = useState('');
  const [types, setTypes] = useState<readonly EventType[]>([]);
  const [includeOrder, setIncludeOrder] = useState(true);
  const needs = kinds.find((known) => known.kind === kind)?.needs ?? null;

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const topic = needs === null ? kind : kind === 'other' ? name.trim() : `${kind}:${name.trim()}`;
    lab.follow({ topic, after: from === 'cursor' ? cursor.trim() : from, types, includeOrder });
  }
  return (
    <Panel title="Follow">
      <form onSubmit={submit} className={css.stack}>
        <div className={css.pair}>
          <NativeSelect
            label="What" value={kind} onChange={(event) => setKind(event.currentTarget.value)}
            data={kinds.map(({ kind: value, label }) => ({ value, label }))}
          />
          {needs !== null && (
            <TextInput label={needs} value={name} onChange={(event) => setName(event.currentTarget.value)} required spellCheck={false} />
          )}
        </div>
        <div className={css.pair}>
          <NativeSelect label="From" data={FROM} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
          {from === 'cursor' && (
            <TextInput
              label={isStaff ? 'After this cursor or position' : 'After this cursor'} value={cursor} required spellCheck={false}
              onChange={(event) => setCursor(event.currentTarget.value)}
            />
          )}
        </div>
        <Checkbox.Group
          label="Types" description="None ticked: all of them. Without all, gaps cannot be found." value={[...types]}
          onChange={(chosen) => setTypes(TYPES.filter((type) => chosen.includes(type)))}
        >
          <div className={css.checks}>
            {TYPES.map((type) => <Checkbox key={type} value={type} label={type.replace('order.', '')} />)}
          </div>
        </Checkbox.Group>
        <Checkbox
          label="With each event, the order’s summary" checked={includeOrder} onChange={(event) => setIncludeOrder(event.currentTarget.checked)}
        />
        <Button type="submit" variant="default" className={css.start ?? ''}>Follow</Button>
      </form>
    </Panel>
  );
}
