/** What can be done on every page. */
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconBell, IconBellOff, IconKeyboard, IconLogout, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { useMe } from '../me.ts';
import { useNotices } from '../notices.ts';
import { pagesFor } from '../pages.tsx';
import { session } from '../session.ts';
import { openDialog } from './dialogs.ts';
import { type Command, useCommands } from './registry.ts';

/** Leads to the palette, where it need not be offered. */
export const SEARCH_ID = 'search';

export function useGlobalCommands(): void {
  const { role } = useMe();
  const [, navigate] = useLocation();
  const [notices, setNotices] = useNotices();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const dark = useComputedColorScheme('light') === 'dark';
  const pages = pagesFor(role).map((page): Command => ({
    id: `go ${page.path}`, name: page.name, group: 'Go to', icon: page.icon, keywords: 'go to page open',
    ...(page.goKey && { keys: `g ${page.goKey}` }), run: () => navigate(page.path),
  }));
  useCommands([
    ...pages,
    {
      id: SEARCH_ID, name: 'Search orders and commands', group: 'Waybill', icon: IconSearch, keys: '/', keywords: 'find palette',
      run: () => openDialog('palette'),
    },
    {
      id: 'theme', name: dark ? 'Light colours' : 'Dark colours', group: 'Waybill', icon: dark ? IconSun : IconMoon,
      keywords: 'theme colour scheme mode', run: () => setColorScheme(dark ? 'light' : 'dark'),
    },
    {
      id: 'notices', name: notices ? 'Turn notices off' : 'Turn notices on', group: 'Waybill', icon: notices ? IconBellOff : IconBell,
      keywords: 'toasts notifications live changes', run: () => setNotices(!notices),
    },
    {
      id: 'help', name: 'Keyboard shortcuts', group: 'Waybill', icon: IconKeyboard, keys: '?', keywords: 'help keys',
      run: () => openDialog('help'),
    },
    { id: 'sign out', name: 'Sign out', group: 'Waybill', icon: IconLogout, keywords: 'log out leave', run: session.signOut },
  ], 'everywhere');
}
