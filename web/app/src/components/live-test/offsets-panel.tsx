import { Button, CloseButton, CopyButton } from '@mantine/core';
import type { Account } from './ledger.ts';
import type { Followed, Lab, LabState } from './lab.ts';
import css from './live-test.module.css';
import { Panel } from '../panel.tsx';

/** What is followed, and where each subscription stands. */
export function OffsetsPanel({ lab, state }: { lab: Lab; state: LabState }) {
  const { follows, connected } = state;
  return (
    <Panel title="Offsets">
      {follows.length === 0 && (
        <p className={css.quiet}>Nothing is followed yet. {connected ? 'Choose what to follow.' : 'Connect, and choose what to follow.'}</p>
      )}
      <ul className={css.follows} aria-label="Subscriptions">
        {follows.map((followed) => <Row key={followed.id} followed={followed} onLeave={() => lab.leave(followed.id)} />)}
      </ul>
    </Panel>
  );
}

function Row({ followed, onLeave }: { followed: Followed; onLeave: () => void }) {
  const { topic, types, after, account } = followed;
  const { state, cursor, last } = account;
  const counts = countsOf(account, types.length === 0);
  return (
    <li className={css.follow}>
      <div className={css.followHead}>
        <strong className={css.topic}>{topic}</strong>
        <span className={css.tag} data-state={state}>{state}</span>
        <CloseButton aria-label={`Leave ${topic}`} title="Leave" onClick={onLeave} />
      </div>
      <p className={css.quiet}>From {after}{types.length > 0 && `, ${types.map((type) => type.replace('order.', '')).join(', ')} only`}.</p>
      {account.error !== null && <p className={css.bad}>{account.error}</p>}
      <dl className={css.counts}>
        {counts.map(({ name, value, bad }) => (
          <div key={name} data-bad={bad || undefined}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={css.cursor}>
        <span>Cursor</span> <code>{cursor ?? '–'}</code>
        {cursor !== null && (
          <CopyButton value={cursor}>
            {({ copied, copy }) => <Button size="compact-xs" variant="subtle" onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
          </CopyButton>
        )}
      </p>
      {last && <p className={css.quiet}>Last: {last.order} v{last.version}, {last.type}, {late(last.lateMs)} after it was recorded.</p>}
    </li>
  );
}

function countsOf(account: Account, allTypes: boolean): { name: string; value: string; bad?: boolean }[] {
  const { events, replayed, heldBack, duplicates, gaps, snapshots, resets } = account;
  const text = (count: number) => count.toLocaleString();
  return [
    { name: 'Events', value: text(events) },
    { name: 'Caught up', value: text(replayed) },
    { name: 'Snapshots', value: text(snapshots) },
    { name: 'Resets', value: text(resets) },
    { name: 'Held back', value: text(heldBack) },
    { name: 'Duplicates', value: text(duplicates), bad: duplicates > 0 },
    { name: 'Gaps', value: allTypes ? text(gaps) : 'unknown', bad: gaps > 0 },
  ];
}

/** Clocks differ, so it may be less than nothing. */
function late(ms: number): string {
  if (Math.abs(ms) < 10_000) return `${ms.toLocaleString()} ms`;
  return ms < 3_600_000 ? `${Math.round(ms / 1000).toLocaleString()} s` : `${Math.round(ms / 3_600_000).toLocaleString()} h`;
}
