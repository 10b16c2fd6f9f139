import { Button, NativeSelect, TextInput } from '@mantine/core';
import { CANCEL_REASONS, type CancelReason, type OrderView, type Problem } from '@waybill/client';
import { messageOf, requestJson, useWaybill } from '@waybill/client/react';
import { type SubmitEvent, useState } from 'react';
import { placeDemoOrder } from '../../api.ts';
import { REASON_NAMES, STATUS_NAMES } from '../../describe.ts';
import { pretty } from './frame-log.ts';
import type { Lab, LabState } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

interface Answer {
  readonly line: string;
  readonly body: string;
  readonly version: number | null;
  readonly order: string;
  readonly sentAt: number;
}

/** A real command on an order, by the page's ordinary connection, so that what is spoilt here does not touch it. */
export function StaffPanel({ lab, state }: { lab: Lab; state: LabState }) {
  const client = useWaybill();
  const [name, setName] = useState('');
  const [order, setOrder] = useState<OrderView | null>(null);
  const [action, setAction] = useState('');
  const [reason, setReason] = useState<CancelReason>('staff');
  const [message, setMessage] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [busy, setBusy] = useState(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  }
  function show(order: OrderView): void {
    setOrder(order);
    setAction(actionsOf(order)[0]?.value ?? '');
  }
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    void attempt(async () => show(await requestJson<OrderView>(client, `/v1/orders/${encodeURIComponent(name.trim())}`)));
  };
  const place = () => void attempt(async () => {
    const { order } = await placeDemoOrder(client, 'demo-customer');
    setName(order.order_number);
    show(order);
  });
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    if (!order) return;
    void attempt(async () => {
      const cancel = action === 'cancel';
      const path = `/v1/orders/${order.order_id}/${cancel ? 'cancel' : 'status'}`;
      const body = JSON.stringify({ ...(cancel ? { reason } : { to: action }), ...(message.trim() && { message_to_customer: message.trim() }) });
      const sentAt = Date.now();
      const response = await client.fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const text = await response.text();
      const line = `POST ${path} ${body} → ${response.status}, ${Date.now() - sentAt} ms, ETag ${response.headers.get('etag') ?? 'none'}`;
      const told = JSON.parse(text) as Partial<{ version: number; order: OrderView } & Problem>;
      setAnswer({ line, body: pretty(text), version: response.ok ? (told.version ?? null) : null, order: order.order_number, sentAt });
      if (told.order) show(told.order);
    });
  };
  const actions = order ? actionsOf(order) : [];
  return (
    <Panel
      title="Staff update"
      aside={<Button size="compact-sm" variant="subtle" disabled={busy} onClick={place}>New demo order</Button>}
    >
      <form onSubmit={look} className={css.row}>
        <TextInput
          label="Order: id, number or reference" className={css.grow ?? ''} value={name} required spellCheck={false}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={busy}>Look up</Button>
      </form>
      {problem !== null && <p className={css.bad} role="alert">{problem}</p>}
      {order && (
        <>
          <p className={css.quiet}>
            {order.order_number} is {STATUS_NAMES[order.status].toLowerCase()}, version {order.version}.{' '}
            <Button
              size="compact-xs" variant="subtle"
              onClick={() => lab.follow({ topic: `order:${order.order_id}`, after: 'snapshot', types: [], includeOrder: true })}
            >
              Follow it
            </Button>
          </p>
          {actions.length === 0 ? <p className={css.quiet}>Nothing more can be done with it.</p> : (
            <form onSubmit={send} className={css.stack}>
              <div className={css.pair}>
                <NativeSelect label="Command" data={actions} value={action} onChange={(event) => setAction(event.currentTarget.value)} />
                {action === 'cancel' && (
                  <NativeSelect
                    label="Reason" data={CANCEL_REASONS.map((value) => ({ value, label: REASON_NAMES[value] }))} value={reason}
                    onChange={(event) => setReason(event.currentTarget.value as CancelReason)}
                  />
                )}
              </div>
              <TextInput label="Message to the customer" value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
              <Button type="submit" loading={busy} className={css.start ?? ''}>Send the command</Button>
            </form>
          )}
        </>
      )}
      {answer && <AnswerNote answer={answer} state={state} />}
    </Panel>
  );
}

/** What the server answered, and when its event came over this page's connection. */
function AnswerNote({ answer, state }: { answer: Answer; state: LabState }) {
  const { line, body, version, order, sentAt } = answer;
  const heard = version === null ? undefined : state.log.frames.find(
    ({ direction, at, text }) => direction === 'in' && at >= sentAt && text.includes(`"${order}"`) && new RegExp(`"version":${version}\\b`).test(text),
  );
  return (
    <div className={css.detail} role="group" aria-label="The answer">
      <p className={css.wrap} role="status">{line}</p>
      {heard && <p className={css.quiet}>Its event came over this page’s connection {heard.at - sentAt} ms after it was sent.</p>}
      <pre className={css.json} tabIndex={0} aria-label="Its content">{body}</pre>
    </div>
  );
}

function actionsOf(order: OrderView): { value: string; label: string }[] {
  return (order.allowed_actions ?? []).flatMap((action) => {
    if (action.action === 'change_status') return [{ value: action.to, label: `Status to ${STATUS_NAMES[action.to].toLowerCase()}` }];
    return action.action === 'cancel' ? [{ value: 'cancel', label: 'Cancel' }] : [];
  });
}
