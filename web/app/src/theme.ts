import { createTheme, Modal, Tooltip } from '@mantine/core';

/** What the library's components do by default. Colours are in styles/tokens.css. */
export const theme = createTheme({
  primaryColor: 'cyan',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Locking the page's scrolling would need a style element made at run time.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true, closeButtonProps: { 'aria-label': 'Close' } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: true } }),
  },
});
