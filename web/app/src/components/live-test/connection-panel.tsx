import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { StateBadge } from '../connection-badge.tsx';
import type { Lab, LabState, Way } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

const WAYS: { value: Way; label: string }[] = [
  { value: 'auto', label: 'Automatic' },
  { value: 'websocket', label: 'WebSocket' },
  { value: 'sse', label: 'Server-sent events' },
  { value: 'poll', label: 'Long polls' },
];

const TRANSPORTS = { websocket: 'by WebSocket', sse: 'by server-sent events', poll: 'by long polls' };

export function ConnectionPanel({ lab, state }: { lab: Lab; state: LabState }) {
  const [way, setWay] = useState<Way>('auto');
  const { connected, status, connections } = state;
  const words = [
    status.transport && TRANSPORTS[status.transport],
    status.reason !== undefined && status.reason !== 'closed' && `stopped: ${status.reason}`,
    connections > 0 && `connected ${connections === 1 ? 'once' : `${connections} times`}`,
  ].filter(Boolean);
  function choose(way: Way): void {
    setWay(way);
    if (connected) lab.connect(way);
  }
  return (
    <Panel title="Connection" aside={connected && <StateBadge status={status} />}>
      <div className={css.row}>
        <NativeSelect
          label="Way" className={css.grow ?? ''} data={WAYS} value={way} onChange={(event) => choose(event.currentTarget.value as Way)}
        />
        {connected && status.state !== 'stopped' ? (
          <Button variant="default" onClick={() => lab.disconnect()}>Disconnect</Button>
        ) : (
          <Button onClick={() => lab.connect(way)}>Connect</Button>
        )}
      </div>
      <p className={css.quiet}>{words.length > 0 ? `${words.join(' · ')}.` : 'Not connected yet.'}</p>
    </Panel>
  );
}
