/** The tool with which an engineer tries the protocol: a connection of its own, every frame of it, and a network to spoil. */
import { Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { ConnectionPanel } from '../components/live-test/connection-panel.tsx';
import { FollowPanel } from '../components/live-test/follow-panel.tsx';
import { FramesPanel } from '../components/live-test/frames-panel.tsx';
import { Lab } from '../components/live-test/lab.ts';
import css from '../components/live-test/live-test.module.css';
import { NetworkPanel } from '../components/live-test/network-panel.tsx';
import { OffsetsPanel } from '../components/live-test/offsets-panel.tsx';
import { RawPanel } from '../components/live-test/raw-panel.tsx';
import { StaffPanel } from '../components/live-test/staff-panel.tsx';
import { useMe } from '../me.ts';
import { session } from '../session.ts';

export default function LiveTestPage() {
  useDocumentTitle('Live test · Waybill');
  const { isStaff } = useMe();
  const [lab] = useState(() => new Lab(session.token));
  const state = useSyncExternalStore(lab.subscribe, lab.get);
  useEffect(() => () => lab.end(), [lab]);
  return (
    <main className={css.page} data-own-connection>
      <Title order={1} size="h2">Live test</Title>
      <Text c="dimmed" size="sm" mb="md">
        A connection of this page’s own, apart from the one that keeps the other pages live. What you do to it here disturbs nobody else.
      </Text>
      <div className={css.columns}>
        <div className={css.column}>
          <ConnectionPanel lab={lab} state={state} />
          <FollowPanel lab={lab} isStaff={isStaff} />
          <NetworkPanel lab={lab} state={state} />
          {isStaff && <StaffPanel lab={lab} state={state} />}
        </div>
        <div className={css.column}>
          <OffsetsPanel lab={lab} state={state} />
          <FramesPanel log={state.log} onClear={() => lab.clear()} />
          <RawPanel lab={lab} open={state.status.transport === 'websocket'} />
        </div>
      </div>
    </main>
  );
}
