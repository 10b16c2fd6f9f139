import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import css from './analytics.module.css';
import { type Range, type Unit, type View, withUnit } from './range.ts';

const PRESETS: Record<Unit, readonly [number, string][]> = {
  hour: [[1, 'Today'], [2, 'Since yesterday'], [7, 'Last 7 days'], [31, 'Last 31 days']],
  day: [[7, 'Last 7 days'], [30, 'Last 30 days'], [90, 'Last 90 days'], [366, 'Last 366 days']],
};

interface Props {
  view: View;
  change: (view: View) => void;
  range: Range | { fault: string; field: 'from' | 'to' };
  currencies: readonly string[];
  currency: string | null;
  today: string;
}

/** What is shown: which days, how finely, which currency, and as what. */
export function Controls({ view, change, range, currencies, currency, today }: Props) {
  const presets = PRESETS[view.by];
  const shown = 'fault' in range ? { from: view.from ?? '', to: view.to ?? today } : range;
  const fault = (field: 'from' | 'to') => ('fault' in range && range.field === field ? range.fault : undefined);
  const name = (part: { from: string } | { to: string }) => change({ ...view, days: null, from: shown.from, to: shown.to, ...part });
  const known = presets.some(([days]) => days === view.days);
  return (
    <div className={css.controls} role="group" aria-label="What is shown">
      <Choice
        label="By" value={view.by} data={[{ value: 'hour', label: 'Hour' }, { value: 'day', label: 'Day' }]}
        onChange={(by) => change(withUnit(view, by as Unit, today))}
      />
      <NativeSelect
        label="Days" value={known ? String(view.days) : ''}
        data={[
          ...(known ? [] : [{ value: '', label: view.days === null ? 'As chosen' : `Last ${view.days} days` }]),
          ...presets.map(([days, label]) => ({ value: String(days), label })),
        ]}
        onChange={({ currentTarget: { value } }) => value !== '' && change({ ...view, days: Number(value), from: null, to: null })}
      />
      <TextInput
        type="date" label="First day" value={shown.from} error={fault('from')} min="1970-01-01"
        onChange={({ currentTarget: { value } }) => value !== '' && name({ from: value })}
      />
      <TextInput
        type="date" label="Last day" value={shown.to} error={fault('to')} min="1970-01-01"
        onChange={({ currentTarget: { value } }) => value !== '' && name({ to: value })}
      />
      {currencies.length > 1 && (
        <NativeSelect
          label="Revenue in" value={currency ?? ''} data={[...currencies]}
          onChange={({ currentTarget: { value } }) => change({ ...view, currency: value })}
        />
      )}
      <Choice
        label="Show as" value={view.asTable ? 'table' : 'chart'} data={[{ value: 'chart', label: 'Charts' }, { value: 'table', label: 'Table' }]}
        onChange={(as) => change({ ...view, asTable: as === 'table' })}
      />
    </div>
  );
}

function Choice({ label, ...props }: { label: string; value: string; data: { value: string; label: string }[]; onChange: (value: string) => void }) {
  return (
    <div className={css.choice}>
      <span aria-hidden>{label}</span>
      <SegmentedControl aria-label={label} {...props} />
    </div>
  );
}
