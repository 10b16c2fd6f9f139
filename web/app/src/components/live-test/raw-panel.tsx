import { Button, Textarea } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import type { Lab } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

const EXAMPLE = '{"type":"subscribe","id":"mine","topic":"customer:me","after":"earliest"}';

/** Says to the server whatever one types, also what no client should. */
export function RawPanel({ lab, open }: { lab: Lab; open: boolean }) {
  const [text, setText] = useState(EXAMPLE);
  const [problem, setProblem] = useState<string | null>(null);
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setProblem(lab.network.sendRaw(text) ? null : 'No WebSocket is open. Connect by one first.');
  }
  return (
    <Panel title="Send a frame">
      <form onSubmit={submit} className={css.stack}>
        <Textarea
          label="Frame, as it is sent" description="One a line. What is none ends the connection with 4400." autosize={false} rows={3}
          value={text} onChange={(event) => setText(event.currentTarget.value)} spellCheck={false} className={css.mono ?? ''}
          error={open ? null : problem}
        />
        <Button type="submit" variant="default" className={css.start ?? ''}>Send</Button>
      </form>
    </Panel>
  );
}
