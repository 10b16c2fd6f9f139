import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles/tokens.css';
import './styles/stale.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { session } from './session.ts';
import { theme } from './theme.ts';

session.takeTokenFromAddress();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    {/* Variables and classes come from static files: see styles/tokens.css. */}
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <Notifications
        position="bottom-right" limit={3} autoClose={5000} containerWidth="min(24rem, calc(100vw - 2rem))" aria-live="polite"
      />
      <App />
    </MantineProvider>
  </StrictMode>,
);
