import { Alert, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import css from '../pages/page.module.css';

/**
 * What is shown in place of a page that could not be loaded, as after an upgrade of the server, whose files have other
 * names, or that failed while it was drawn. The rest of the window goes on.
 */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className={css.page}>
        <Alert color="red" role="alert" title="This page could not be shown">
          <p>The server may have been upgraded since you opened it, or be out of reach. Nothing that you did is lost.</p>
          <Button onClick={() => location.reload()}>Load it again</Button>
        </Alert>
      </main>
    );
  }
}
