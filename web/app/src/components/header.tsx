import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconBell, IconBellOff, IconLogout, IconMoon, IconSun, IconUserCircle } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMe } from '../me.ts';
import { useNotices } from '../notices.ts';
import { session } from '../session.ts';
import { ConnectionBadge } from './connection-badge.tsx';
import css from './header.module.css';
import { StaleNote } from './stale-note.tsx';

export function Header() {
  const { subject, roles } = useMe();
  const [notices, setNotices] = useNotices();
  return (
    <header className={css.bar}>
      <div className={css.inner}>
        <Link href="/" className={css.brand ?? ''}>
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <span>Waybill</span>
        </Link>
        <div className={css.tools}>
          <ConnectionBadge />
          <Tooltip label={notices ? 'Notices are on' : 'Notices are off'}>
            <ActionIcon
              variant="subtle" color="gray" size="lg" aria-label="Notices of live changes" aria-pressed={notices}
              onClick={() => setNotices(!notices)}
            >
              {notices ? <IconBell size={19} /> : <IconBellOff size={19} />}
            </ActionIcon>
          </Tooltip>
          <SchemeToggle />
          <Menu position="bottom-end" withArrow>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
                <IconUserCircle size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>
                Signed in as {subject}
                <br />
                {roles.length > 0 ? roles.join(', ') : 'customer'}
              </Menu.Label>
              <Menu.Item leftSection={<IconLogout size={16} />} onClick={session.signOut}>Sign out</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <StaleNote />
    </header>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={19} /> : <IconMoon size={19} />}
      </ActionIcon>
    </Tooltip>
  );
}
