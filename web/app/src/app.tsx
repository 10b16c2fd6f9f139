import { Center, Loader, Text } from '@mantine/core';
import { createClient } from '@waybill/client';
import { useConnection, WaybillProvider } from '@waybill/client/react';
import { shareTabs } from '@waybill/client/tabs';
import { type ReactNode, Suspense, useEffect, useState } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { Header } from './components/header.tsx';
import { LiveToasts } from './components/live-toasts.tsx';
import { PageBoundary } from './components/page-boundary.tsx';
import { MeContext, useLoadMe, useMe } from './me.ts';
import { fetchPagesAhead, GuestOrderPage, OrderPage, pagesFor, SignIn } from './pages.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { useToken } from './session.ts';
import { Shortcuts } from './shortcuts/shortcuts.tsx';
import { TRACKING_PATH } from './tracking-link.ts';

export function App() {
  const token = useToken();
  const [path] = useLocation();
  if (path === TRACKING_PATH) return <PageBoundary key={path}><Suspense fallback={<Loading />}><GuestOrderPage /></Suspense></PageBoundary>;
  // Another token is another person: nothing of what the last one saw stays.
  if (token === null) return <PageBoundary><Suspense fallback={<Loading />}><SignIn /></Suspense></PageBoundary>;
  return <SignedIn key={token} token={token} />;
}

function SignedIn({ token }: { token: string }) {
  const [client] = useState(() => createClient({ token: () => token, share: shareTabs() }));
  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);
  const { me, error, unauthorized } = useLoadMe(client);

  if (unauthorized) return <PageBoundary><Suspense fallback={<Loading />}><SignIn problem={error} /></Suspense></PageBoundary>;
  if (!me) {
    return <Loading>{error !== null && <Text c="dimmed">{error} Trying again …</Text>}</Loading>;
  }
  return (
    <WaybillProvider client={client}>
      <MeContext value={me}>
        <Page />
      </MeContext>
    </WaybillProvider>
  );
}

const STOPPED: Record<string, string> = {
  unauthorized: 'Your session has ended. Sign in again to go on.',
  revoked: 'Your access has been withdrawn.',
  forbidden: 'You may not follow orders here.',
};

function Loading({ children }: { children?: ReactNode }) {
  return (
    <Center mih="60dvh" role="status" style={{ flexDirection: 'column', gap: '1rem' }}>
      <Loader aria-label="Loading" />
      {children}
    </Center>
  );
}

function Page() {
  const { role } = useMe();
  const [path] = useLocation();
  const { state, reason } = useConnection();
  const connected = state === 'live' || state === 'polling';
  useEffect(() => (connected ? fetchPagesAhead(role) : undefined), [connected, role]);
  const ended = state === 'stopped' && reason !== undefined ? STOPPED[reason] : undefined;
  return (
    <>
      <Header />
      <LiveToasts />
      <Shortcuts />
      {ended !== undefined && <Suspense><SignIn problem={ended} overPage /></Suspense>}
      <PageBoundary key={path}>
        <Suspense fallback={<Loading />}>
          <Switch>
            {pagesFor(role).map((page) => <Route key={page.name} path={page.path} component={page.component} />)}
            <Route path="/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
            {/* Where the source systems had theirs. */}
            <Route path="/real-time-test"><Redirect to="/live-test" replace /></Route>
            <Route component={NotFoundPage} />
          </Switch>
        </Suspense>
      </PageBoundary>
    </>
  );
}
