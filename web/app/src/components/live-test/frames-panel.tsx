import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconPoint } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { type Direction, KEPT_MAX, type LogState, matching, pretty, type SeenFrame } from './frame-log.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

const ROW_PX = 28;
const DIRECTIONS: { value: Direction | ''; label: string }[] = [
  { value: '', label: 'In and out' }, { value: 'in', label: 'In' }, { value: 'out', label: 'Out' }, { value: 'note', label: 'Notes' },
];
const ICONS = { in: IconArrowDown, out: IconArrowUp, note: IconPoint };
const WORDS = { in: 'in', out: 'out', note: 'note' };

/** Every frame in and out, the newest last. */
export function FramesPanel({ log, onClear }: { log: LogState; onClear: () => void }) {
  const [paused, setPaused] = useState<LogState | null>(null);
  const [text, setText] = useState('');
  const [direction, setDirection] = useState<Direction | ''>('');
  const [chosen, setChosen] = useState<SeenFrame | null>(null);
  const clipboard = useClipboard();
  const { frames: kept, dropped } = paused ?? log;
  const frames = matching(kept, text, direction === '' ? null : direction);
  const behind = paused ? (log.frames.at(-1)?.n ?? 0) - (paused.frames.at(-1)?.n ?? 0) : 0;
  const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
  return (
    <Panel title="Frames">
      <div className={css.row}>
        <TextInput
          type="search" aria-label="Filter frames" placeholder="Filter" className={css.grow ?? ''} value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="Direction" data={DIRECTIONS} value={direction} onChange={(event) => setDirection(event.currentTarget.value as Direction | '')}
        />
        <Button variant="default" aria-pressed={paused !== null} onClick={() => setPaused(paused ? null : log)}>{paused ? 'Go on' : 'Pause'}</Button>
        <Button variant="default" onClick={() => clipboard.copy(linesOf(frames))} disabled={frames.length === 0}>
          {clipboard.error ? 'Not copied' : clipboard.copied ? 'Copied' : 'Copy'}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            setPaused(null);
            setChosen(null);
            onClear();
          }}
        >
          Clear
        </Button>
      </div>
      <p className={css.quiet}>
        {frames.length.toLocaleString()} of {kept.length.toLocaleString()} shown, {bytes.toLocaleString()} bytes.
        {behind > 0 && ` ${behind.toLocaleString()} more since you paused.`}
        {dropped > 0 && ` The last ${KEPT_MAX.toLocaleString()} are kept; ${dropped.toLocaleString()} older ones are gone.`}
        {' '}Tokens are hidden.
      </p>
      <FrameList frames={frames} follow={paused === null} chosen={chosen} onChoose={setChosen} />
      {chosen && <Detail frame={chosen} onClose={() => setChosen(null)} />}
    </Panel>
  );
}

function FrameList({ frames, follow, chosen, onChoose }: {
  frames: readonly SeenFrame[]; follow: boolean; chosen: SeenFrame | null; onChoose: (frame: SeenFrame) => void;
}) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // eslint-disable-next-line react-hooks/incompatible-library -- Nothing is memoized here by the compiler.
  const rows = useVirtualizer({
    count: frames.length, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 8, getItemKey: (i) => frames[i]?.n ?? i,
  });
  const last = frames.at(-1)?.n;
  useEffect(() => {
    if (follow && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, last]);
  const at = chosen ? frames.findIndex(({ n }) => n === chosen.n) : -1;

  function onKey(event: KeyboardEvent): void {
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? frames.length - 1 : at - 1, Home: 0, End: frames.length - 1 }[event.key];
    const frame = to === undefined ? undefined : frames[Math.max(0, Math.min(to, frames.length - 1))];
    if (to === undefined || !frame) return;
    event.preventDefault();
    onChoose(frame);
    rows.scrollToIndex(frames.indexOf(frame));
  }
  if (frames.length === 0) return <p className={css.noFrames}>No frames. Connect, and they appear here.</p>;
  return (
    <div
      ref={box} className={css.frames} role="listbox" aria-label="Frames" tabIndex={0} onKeyDown={onKey}
      aria-activedescendant={at >= 0 && rows.getVirtualItems().some(({ index }) => index === at) ? `${id}-${frames[at]?.n}` : undefined}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < 2 * ROW_PX;
      }}
    >
      <div role="presentation" className={css.framesAll} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const frame = frames[index];
          return frame && (
            <Row
              key={frame.n} id={`${id}-${frame.n}`} frame={frame} top={start} chosen={index === at} place={index + 1} of={frames.length}
              onChoose={onChoose}
            />
          );
        })}
      </div>
    </div>
  );
}

function Row({ id, frame, top, chosen, place, of, onChoose }: {
  id: string; frame: SeenFrame; top: number; chosen: boolean; place: number; of: number; onChoose: (frame: SeenFrame) => void;
}) {
  const { direction, type, bytes, text, at } = frame;
  const Icon = ICONS[direction];
  return (
    <div
      id={id} role="option" aria-selected={chosen} aria-posinset={place} aria-setsize={of} className={css.frame} data-direction={direction}
      style={{ transform: `translateY(${top}px)` }} onClick={() => onChoose(frame)}
    >
      <time>{clock(at)}</time>
      <Icon size={15} aria-label={WORDS[direction]} role="img" />
      <span className={css.frameType}>{type}</span>
      <span className={css.frameText}>{text.slice(0, 200)}</span>
      <span className={css.frameBytes}>{direction === 'note' ? '' : `${bytes.toLocaleString()} B`}</span>
    </div>
  );
}

function Detail({ frame, onClose }: { frame: SeenFrame; onClose: () => void }) {
  const clipboard = useClipboard();
  const { n, at, direction, type, bytes, text, cut } = frame;
  return (
    <div className={css.detail} role="group" aria-label="The chosen frame">
      <div className={css.followHead}>
        <strong className={css.topic}>{WORDS[direction]} · {type}</strong>
        <Button size="compact-sm" variant="subtle" onClick={() => clipboard.copy(pretty(text))}>{clipboard.copied ? 'Copied' : 'Copy'}</Button>
        <Button size="compact-sm" variant="subtle" onClick={onClose}>Close</Button>
      </div>
      <p className={css.quiet}>
        Number {n.toLocaleString()}, {clock(at)}, {bytes.toLocaleString()} bytes{cut ? ', of which the first 16,384 characters are shown' : ''}.
      </p>
      {text !== '' && <pre className={css.json} tabIndex={0} aria-label="Its content">{pretty(text)}</pre>}
    </div>
  );
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
}

/** One frame a line, as JSON. */
function linesOf(frames: readonly SeenFrame[]): string {
  return frames.map(({ at, direction, type, bytes, text }) => JSON.stringify({ at: new Date(at).toISOString(), direction, type, bytes, text })).join('\n');
}
