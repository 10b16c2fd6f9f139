import { createTheme, type ModalProps, Tooltip } from '@mantine/core';

/** What the library's components do by default. Colours are in styles/tokens.css. */
export const theme = createTheme({
  primaryColor: 'cyan',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Locking the page's scrolling would need a style element made at run time.
    // Not by `Modal.extend`, which would bring the dialog's code into the first load.
    Modal: {
      defaultProps: {
        lockScroll: false, centered: true, closeButtonProps: { 'aria-label': 'Close' },
        // Gone at once: what it asked for is gone, and keys pressed meanwhile are for the page behind it.
        transitionProps: { transition: 'fade-down', duration: 200, exitDuration: 0 },
      } satisfies Partial<ModalProps>,
    },
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});
