import { ActionIcon, Popover, Switch, Text } from '@mantine/core';
import { IconBell, IconBellOff } from '@tabler/icons-react';
import { browserNotices, type BrowserNotices, useBrowserNotices } from '../browser-notices.ts';
import { useNotices } from '../notices.ts';
import css from './notices-menu.module.css';

const EXPLAINED: Record<BrowserNotices, string> = {
  on: 'When no tab of Waybill is in sight.',
  off: 'When no tab of Waybill is in sight. Your browser asks you once.',
  denied: 'Your browser blocks them. Allow notifications for this site in its settings, beside the address, and they can be turned on here.',
  unsupported: 'Not possible in this browser, or not at an address without https.',
};

const classes = { track: css.track ?? '' };

/** Which notices of live changes somebody wants. */
export function NoticesMenu() {
  const [onPage, setOnPage] = useNotices();
  const browser = useBrowserNotices();
  const possible = browser === 'on' || browser === 'off';
  return (
    <Popover position="bottom-end" withArrow trapFocus returnFocus width={288}>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Notices of live changes">
          {onPage || browser === 'on' ? <IconBell size={19} /> : <IconBellOff size={19} />}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Notices of live changes">
        <div className={css.choices}>
          <Switch
            classNames={classes} label="Messages on this page" description="In the corner, for a few seconds."
            checked={onPage} onChange={(event) => setOnPage(event.currentTarget.checked)}
          />
          <Switch
            classNames={classes} label="Notifications of the browser" checked={browser === 'on'} disabled={!possible}
            aria-describedby="browser-notices"
            onChange={(event) => {
              if (event.currentTarget.checked) void browserNotices.turnOn();
              else browserNotices.turnOff();
            }}
          />
          <Text id="browser-notices" size="xs" c="dimmed" className={css.below ?? ''} role="status">{EXPLAINED[browser]}</Text>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
