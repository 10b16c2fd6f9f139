import { Button, Checkbox, Textarea, TextInput } from '@mantine/core';
import type { OrderEvent } from '@waybill/client';
import type { ReactNode } from 'react';
import { clockTime } from '../../format.ts';
import { amountText, labelOf, parseAmount, textOf } from './details.ts';
import { choose, type Draft, edit } from './draft.ts';
import css from './edit-order.module.css';
import type { Fault } from './edit-order.tsx';
import { at, type Clash, type Path, text } from './merge.ts';

export interface SectionProps {
  draft: Draft;
  set: (change: (draft: Draft) => Draft) => void;
  faults: readonly Fault[];
  events: readonly OrderEvent[];
}

interface FieldProps extends SectionProps {
  path: Path;
  label: string;
  required?: boolean;
  kind?: 'text' | 'long' | 'date' | 'amount' | 'whole' | 'check' | 'email' | 'tel' | 'url';
  maxLength?: number;
  /** In a narrow line, over its whole width. */
  wide?: boolean;
}

// The notes below, so that fields beside each other stay in line.
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];

const sameText = (a: Path, b: Path) => a.join('\n') === b.join('\n');

/** One field of the form, with what a colleague did to it, and what is wrong with it. */
export function Field({ path, label, required = false, kind = 'text', maxLength = 300, wide = false, ...section }: FieldProps) {
  const { draft, set, faults, events } = section;
  const node = at(draft.mine, path);
  const value = text(node);
  const isMine = at(draft.base, path) !== node;
  const fault = faults.find((fault) => sameText(fault.path, path))?.detail;
  const wasTaken = !isMine && draft.taken.some((taken) => sameText(taken, path.slice(0, taken.length)));
  const description = wasTaken ? `New from ${lastChange(events, draft, path)}` : isMine ? 'Not saved yet' : undefined;
  const change = (next: string | boolean) => set((now) => edit(now, path, next));
  const currency = text(at(draft.mine, ['pricing', 'currency']));
  const common = {
    label, required, withAsterisk: required, error: fault, description, autoComplete: 'off', inputWrapperOrder: ORDER,
    ...(wasTaken && { 'data-taken': true }), ...(isMine && { 'data-mine': true }),
  };
  return (
    <div className={wide ? `${css.field ?? ''} ${css.wide ?? ''}` : css.field}>
      {kind === 'check' ? (
        <Checkbox label={label} description={description} checked={node === true} onChange={(event) => change(event.currentTarget.checked)} />
      ) : kind === 'long' ? (
        <Textarea {...common} autosize minRows={2} maxRows={8} maxLength={maxLength} value={value} onChange={(event) => change(event.currentTarget.value)} />
      ) : (
        <TextInput
          {...common} maxLength={maxLength} value={value}
          type={kind === 'amount' || kind === 'whole' ? 'text' : kind} inputMode={kind === 'amount' ? 'decimal' : kind === 'whole' ? 'numeric' : undefined}
          onChange={(event) => change(event.currentTarget.value)}
          onBlur={() => {
            const minor = kind === 'amount' ? parseAmount(value, currency) : null;
            if (minor !== null && amountText(minor, currency) !== value) change(amountText(minor, currency));
          }}
        />
      )}
      <Clashes path={path} {...section} />
    </div>
  );
}

function lastChange(events: readonly OrderEvent[], draft: Draft, [detail]: Path): string {
  const event = events.findLast((event) => event.version > draft.since && event.type === 'order.updated' &&
    event.data.changes.some((change) => change.kind === detail));
  return event ? `${event.actor?.id ?? 'somebody else'}, ${clockTime(event.recorded_at)}` : 'somebody else';
}

/** Asks whose change is to stand, where a field or a whole group was changed by both. */
export function Clashes({ path, draft, set, events }: SectionProps & { path: Path }): ReactNode {
  return draft.clashes.filter((clash) => sameText(clash.path, path)).map((clash) => (
    <ClashChoice key={path.join('.')} clash={clash} draft={draft} events={events} onChoose={(whose) => set((now) => choose(now, clash, whose))} />
  ));
}

function ClashChoice({ clash, draft, events, onChoose }: {
  clash: Clash; draft: Draft; events: readonly OrderEvent[]; onChoose: (whose: 'mine' | 'theirs') => void;
}) {
  const currency = text(at(draft.mine, ['pricing', 'currency']));
  const words = (node: Clash['mine']) => textOf(node, clash.path, currency);
  const label = labelOf(clash.path, draft.mine, draft.base);
  return (
    <div className={css.clash} role="group" aria-label={`${label}: both of you changed it`} data-clash>
      <p><strong>{label}</strong>: both of you changed it. It was: {words(clash.base)}</p>
      <div className={css.choice}>
        <span>Yours: <strong>{words(at(draft.mine, clash.path))}</strong></span>
        <Button size="xs" variant="default" onClick={() => onChoose('mine')}>Keep mine</Button>
      </div>
      <div className={css.choice}>
        <span>{lastChange(events, draft, clash.path)}: <strong>{words(clash.theirs)}</strong></span>
        <Button size="xs" variant="default" onClick={() => onChoose('theirs')}>Take theirs</Button>
      </div>
    </div>
  );
}

