import { ActionIcon, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconLogout, IconMoon, IconSun, IconUserCircle } from '@tabler/icons-react';
import { Link, useRoute } from 'wouter';
import { useMe } from '../me.ts';
import { type PageEntry, pagesFor } from '../pages.tsx';
import { session } from '../session.ts';
import { openDialog } from '../shortcuts/dialogs.ts';
import { ConnectionBadge } from './connection-badge.tsx';
import css from './header.module.css';
import { NoticesMenu } from './notices-menu.tsx';
import { StaleNote } from './stale-note.tsx';

export function Header() {
  const { subject, roles, role } = useMe();
  const pages = pagesFor(role);
  const inBar = pages.filter((page) => page.inBar);
  return (
    <header className={css.bar}>
      <div className={css.inner}>
        <Link href="/" className={css.brand ?? ''}>
          <img src="/favicon.svg" alt="" width={26} height={26} />
          <span>Waybill</span>
        </Link>
        {inBar.length > 1 && (
          <nav className={css.nav} aria-label="Pages">
            {inBar.map((page) => <BarLink key={page.name} page={page} />)}
          </nav>
        )}
        <div className={css.tools}>
          <ConnectionBadge />
          <NoticesMenu />
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
              {pages.map((page) => (
                <Menu.Item
                  key={page.name} component={Link} href={page.path} leftSection={<page.icon size={16} />}
                  className={(page.inBar && css.onlyNarrow) || ''}
                >
                  {page.name}
                </Menu.Item>
              ))}
              <Menu.Divider />
              <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={() => openDialog('help')}>Keyboard shortcuts</Menu.Item>
              <Menu.Item leftSection={<IconLogout size={16} />} onClick={session.signOut}>Sign out</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <StaleNote />
    </header>
  );
}

function BarLink({ page }: { page: PageEntry }) {
  const [here] = useRoute(page.path);
  return <Link href={page.path} className={css.link ?? ''} aria-current={here ? 'page' : undefined}>{page.name}</Link>;
}

function SchemeToggle() {
  // Without, the library writes a style element, which the Content-Security-Policy forbids.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
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
