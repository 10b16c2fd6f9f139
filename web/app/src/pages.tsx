/** All pages, in the order of the navigation. Each is loaded when it is first looked at. */
import { IconActivityHeartbeat, IconChartBar, IconPackages, IconPlugConnected, type TablerIcon } from '@tabler/icons-react';
import { type ComponentType, lazy, type LazyExoticComponent } from 'react';
import type { Role } from './me.ts';
import { loadDialogs } from './shortcuts/load.ts';

export interface PageEntry {
  /** As wouter matches it. */
  readonly path: string;
  /** As the navigation and the command palette call it. */
  readonly name: string;
  readonly icon: TablerIcon;
  /** Whom it is for; others are told that there is nothing. The server decides what anybody sees. */
  readonly who: readonly Role[];
  /** Whether it is in the navigation; otherwise in the account's menu only. */
  readonly inBar: boolean;
  /** The letter that leads there after `g`. */
  readonly goKey?: string;
  readonly load: () => Promise<unknown>;
  readonly component: LazyExoticComponent<ComponentType>;
}

type Load<T> = () => Promise<{ default: T }>;

function page(entry: Omit<PageEntry, 'load' | 'component'>, load: Load<ComponentType>): PageEntry {
  return { ...entry, load, component: lazy(load) };
}

export const PAGES: readonly PageEntry[] = [
  page(
    { path: '/', name: 'My orders', icon: IconPackages, who: ['customer'], inBar: false, goKey: 'o' },
    () => import('./pages/my-orders-page.tsx'),
  ),
  page(
    { path: '/', name: 'Orders', icon: IconPackages, who: ['staff', 'admin'], inBar: true, goKey: 'o' },
    () => import('./pages/board-page.tsx'),
  ),
  page(
    { path: '/analytics', name: 'Analytics', icon: IconChartBar, who: ['staff', 'admin'], inBar: true, goKey: 'a' },
    () => import('./pages/analytics-page.tsx'),
  ),
  page(
    { path: '/operations', name: 'Operations', icon: IconActivityHeartbeat, who: ['admin'], inBar: true, goKey: 'p' },
    () => import('./pages/operations-page.tsx'),
  ),
  page(
    { path: '/live-test', name: 'Live test', icon: IconPlugConnected, who: ['customer', 'staff', 'admin'], inBar: false, goKey: 'l' },
    () => import('./pages/live-test-page.tsx'),
  ),
];

/** What somebody may go to. */
export function pagesFor(role: Role): readonly PageEntry[] {
  return PAGES.filter((page) => page.who.includes(role));
}

const loadOrderPage = () => import('./pages/order-page.tsx');
export const OrderPage = lazy(loadOrderPage);
export const GuestOrderPage = lazy(() => import('./pages/guest-order-page.tsx'));

// What a first look does not show.
const loadSignIn = () => import('./components/sign-in.tsx');
export const SignIn = lazy(loadSignIn);
const loadSelectionBar = () => import('./components/board/selection-bar.tsx');
export const SelectionBar = lazy(loadSelectionBar);

/** Fetches the other pages while there is nothing else to do, so that they are there when the network is not. */
export function fetchPagesAhead(role: Role): () => void {
  const timer = setTimeout(() => {
    const forStaff = role === 'customer' ? [] : [loadSelectionBar];
    const ahead = [loadOrderPage, loadSignIn, ...forStaff, ...loadDialogs, ...pagesFor(role).map((page) => page.load)];
    for (const load of ahead) load().catch(() => undefined);
  }, AHEAD_MS);
  return () => clearTimeout(timer);
}

/** After the connection stands: by then the first list has been drawn. */
const AHEAD_MS = 500;
