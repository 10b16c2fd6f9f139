import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { plural } from '../../format.ts';
import type { Lab, LabState } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

interface Slowness {
  inMs: number;
  outMs: number;
  gapMs: number;
}

const FAST: Slowness = { inMs: 0, outMs: 0, gapMs: 0 };
const SLOW: Slowness = { inMs: 800, outMs: 400, gapMs: 250 };

/** A connection that is cut, deaf or slow, at one's wish. */
export function NetworkPanel({ lab, state }: { lab: Lab; state: LabState }) {
  const [refuseSecs, setRefuseSecs] = useState(0);
  const [deafSecs, setDeafSecs] = useState(10);
  const [slow, setSlow] = useState(FAST);
  const { waitingIn, waitingOut, connected } = state;
  function change(slow: Slowness): void {
    setSlow(slow);
    const { inMs, outMs, gapMs } = slow;
    lab.network.setWeather({ incoming: { delayMs: inMs, gapMs }, outgoing: { delayMs: outMs, gapMs } });
  }
  const isSlow = slow.inMs + slow.outMs + slow.gapMs > 0;
  const waits = [waitingIn > 0 && `${plural(waitingIn, 'message')} on the way in`, waitingOut > 0 && `${plural(waitingOut, 'message')} on the way out`];
  return (
    <Panel
      title="Network"
      aside={<Button size="compact-sm" variant="subtle" onClick={() => change(isSlow ? FAST : SLOW)}>{isSlow ? 'Make it fast' : 'Make it slow'}</Button>}
    >
      <div className={css.row}>
        <Button variant="default" className={css.danger ?? ''} disabled={!connected} onClick={() => lab.network.drop(refuseSecs * 1000)}>Drop the connection</Button>
        <Secs label="and refuse others for" value={refuseSecs} min={0} max={300} onChange={setRefuseSecs} />
      </div>
      <p className={css.quiet}>Cut without a close: this end learns at once, as when a cable is pulled; the server has to find out by itself.</p>
      <div className={css.row}>
        <Button variant="default" disabled={!connected} onClick={() => lab.network.deafen(deafSecs * 1000)}>Read nothing</Button>
        <Secs label="for" value={deafSecs} min={1} max={300} onChange={setDeafSecs} />
      </div>
      <p className={css.quiet}>
        A stream then stays with the server, whose buffers fill. A browser’s WebSocket goes on reading, so there it is only this page that
        hears it later, and answers no ping meanwhile.
      </p>
      <div className={css.three}>
        <Millis label="Delay in" value={slow.inMs} onChange={(inMs) => change({ ...slow, inMs })} />
        <Millis label="Delay out" value={slow.outMs} onChange={(outMs) => change({ ...slow, outMs })} />
        <Millis label="Between two" value={slow.gapMs} onChange={(gapMs) => change({ ...slow, gapMs })} />
      </div>
      <p className={css.quiet} aria-live="off">{waits.some(Boolean) ? `${waits.filter(Boolean).join(', ')}.` : 'Nothing is held up.'}</p>
    </Panel>
  );
}

interface NumberProps {
  label: string;
  value: number;
  onChange: (value: number) => void;
}

function Secs({ min, max, ...props }: NumberProps & { min: number; max: number }) {
  return <Amount {...props} unit="s" min={min} max={max} step={5} />;
}

function Millis(props: NumberProps) {
  return <Amount {...props} unit="ms" min={0} max={60_000} step={100} />;
}

function Amount({ label, value, unit, min, max, step, onChange }: NumberProps & { unit: string; min: number; max: number; step: number }) {
  return (
    <NumberInput
      label={`${label}, ${unit}`} value={value} min={min} max={max} step={step} clampBehavior="strict" allowDecimal={false} hideControls
      onChange={(value) => onChange(Number(value) || min)} className={css.amount ?? ''}
    />
  );
}
