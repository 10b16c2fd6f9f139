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
      defaultProps: { lockScroll: false, centered: true, closeButtonProps: { 'aria-label': 'Close' } } satisfies Partial<ModalProps>,
    },
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});
