/** For admins: how the nodes and the read models are doing, and what can be done about what they could not follow. */
import '@mantine/charts/styles.css';
import { Alert, Button, Loader, NativeSelect, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconServerOff } from '@tabler/icons-react';
import { useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { hear, knownSample, NO_NODES, type KnownNode, type Nodes, shownNode } from '../components/operations/nodes.ts';
import { readNode, readParked, readProjections } from '../components/operations/admin.ts';
import { clockTime, stretch } from '../components/operations/figures.ts';
import { ReadProblem, useIsStale } from '../components/operations/freshness.tsx';
import { NodeCharts } from '../components/operations/node-charts.tsx';
import css from '../components/operations/operations.module.css';
import { Panel } from '../components/panel.tsx';
import { ParkedPanel } from '../components/operations/parked-panel.tsx';
import { ProjectionsPanel } from '../components/operations/projections-panel.tsx';
import { Tiles } from '../components/operations/tiles.tsx';
import { usePolled } from '../components/operations/use-polled.ts';
import { useNow } from '../now.ts';

/** As often as a node takes a sample. */
const NODE_MS = 2_000;
const PROJECTIONS_MS = 4_000;
/** While a read model is made anew. */
const REBUILD_MS = 1_000;
const PARKED_MS = 8_000;

export default function OperationsPage() {
  useDocumentTitle('Operations · Waybill');
  const client = useWaybill();
  const [nodes, setNodes] = useState(NO_NODES);
  const node = usePolled(async () => {
    const state = await readNode(client, knownSample(nodes));
    setNodes((before) => hear(before, state, Date.now()));
  }, NODE_MS);
  const [busy, setBusy] = useState(false);
  const projections = usePolled(async () => {
    const data = await readProjections(client);
    setBusy(data.some((one) => one.rebuild?.running === true));
    return data;
  }, busy ? REBUILD_MS : PROJECTIONS_MS);
  const [pages, setPages] = useState(1);
  const parked = usePolled(() => readParked(client, pages), PARKED_MS);

  const shown = shownNode(nodes);
  const nodeHeard = { heardAt: shown?.heardAt ?? null, error: node.error };
  const nodeStale = useIsStale(nodeHeard.heardAt, nodeHeard.error);
  const projectionsStale = useIsStale(projections.heardAt, projections.error);
  return (
    <main className={css.page}>
      <div className={css.head}>
        <div>
          <Title order={1} size="h2">Operations</Title>
          {shown !== null && <Who node={shown} />}
        </div>
        <NodePicker nodes={nodes} onPick={(id) => setNodes((before) => ({ ...before, shown: id }))} />
      </div>
      {nodes.all.length < 2 || node.error !== null ? <ReadProblem what="The node’s state" polled={nodeHeard} /> : (
        <Silent nodes={nodes} onPick={(id) => setNodes((before) => ({ ...before, shown: id }))} />
      )}
      <div className={css.sections}>
        {shown === null && node.error === null && <Loader aria-label="Loading" mx="auto" my="xl" />}
        {(shown !== null || projections.data !== null) && (
          <Tiles node={{ data: shown?.state ?? null, stale: nodeStale }} projections={{ data: projections.data, stale: projectionsStale }} />
        )}
        {shown !== null && (
          <Panel title={`The last ten minutes of ${shown.state.node.name}`} stale={nodeStale}>
            <NodeCharts samples={shown.samples} />
          </Panel>
        )}
        <ProjectionsPanel polled={projections} />
        <ParkedPanel
          polled={parked}
          onMore={() => {
            setPages((before) => before + 1);
            parked.refresh();
          }}
        />
      </div>
    </main>
  );
}

/** Whose figures these are, and how old. */
function Who({ node: { state, heardAt } }: { node: KnownNode }) {
  const now = useNow(1_000);
  return (
    <p className={css.who}>
      {state.node.name} · build {state.node.version} · up {stretch(state.uptime_secs)} · answered {now - heardAt < 3_000 ? 'just now' : `${stretch((now - heardAt) / 1_000)} ago`}
    </p>
  );
}

function NodePicker({ nodes: { all, shown }, onPick }: { nodes: Nodes; onPick: (id: string) => void }) {
  if (all.length < 2) return null;
  return (
    <NativeSelect
      label="Node" description={`${all.length} have answered; figures are of one`} value={shown ?? ''} onChange={(event) => onPick(event.currentTarget.value)}
      data={all.map(({ state: { node } }) => ({ value: node.id, label: node.name }))}
    />
  );
}

/** The balancer leads elsewhere: the node that is shown does not answer any more, and others do. */
function Silent({ nodes, onPick }: { nodes: Nodes; onPick: (id: string) => void }) {
  const now = useNow(1_000);
  const shown = shownNode(nodes);
  const stale = useIsStale(shown?.heardAt ?? null, null);
  const newest = nodes.all.reduce((last, one) => (one.heardAt > last.heardAt ? one : last));
  if (shown === null || !stale || newest === shown) return null;
  const { name } = newest.state.node;
  return (
    <Alert role="group" color="orange" mb="sm" icon={<IconServerOff size={18} />}>
      <span role="alert">{shown.state.node.name} does not answer any more; {name} does.</span>{' '}
      What is shown is from {clockTime(shown.heardAt)}, {stretch((now - shown.heardAt) / 1_000)} ago.{' '}
      <Button size="compact-sm" variant="default" onClick={() => onPick(newest.state.node.id)}>Show {name}</Button>
    </Alert>
  );
}
