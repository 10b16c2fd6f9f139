import { ActionIcon, Button } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconHistory } from '@tabler/icons-react';
import type { OrderEvent } from '@waybill/client';
import { eventTitle } from '../../describe.ts';
import { dateTime } from '../../format.ts';
import { actorName } from './history.tsx';
import css from './version-slider.module.css';

interface Props {
  /** The one that is shown. */
  version: number;
  latest: number;
  events: readonly OrderEvent[];
  onShow: (version: number) => void;
}

/** Leads through the order's versions, by mouse and by keyboard. The last one is the present. */
export function VersionSlider({ version, latest, events, onShow }: Props) {
  const event = events.find((event) => event.version === version);
  const isNow = version === latest;
  const what = event ? `${eventTitle(event)}, ${dateTime(event.recorded_at)}${event.actor ? `, ${actorName(event.actor)}` : ''}` : '';
  return (
    <section className={css.box} aria-label="Versions">
      <span className={css.label}><IconHistory size={17} aria-hidden /> {isNow ? 'Now' : 'Past'}</span>
      <ActionIcon variant="default" size="md" aria-label="One version back" disabled={version <= 1} onClick={() => onShow(version - 1)}>
        <IconChevronLeft size={17} />
      </ActionIcon>
      <input
        type="range" className={css.slider} min={1} max={latest} step={1} value={version} aria-label="Version"
        aria-valuetext={`Version ${version} of ${latest}${isNow ? ', now' : ''}. ${what}`}
        onChange={(change) => onShow(Number(change.currentTarget.value))}
      />
      <ActionIcon variant="default" size="md" aria-label="One version on" disabled={isNow} onClick={() => onShow(version + 1)}>
        <IconChevronRight size={17} />
      </ActionIcon>
      <Button size="xs" {...(isNow && { variant: 'default' })} disabled={isNow} onClick={() => onShow(latest)}>Back to now</Button>
      <span className={css.what}><strong>Version {version} of {latest}</strong> {what}</span>
    </section>
  );
}
