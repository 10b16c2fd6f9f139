/** The dialogs' code, which is fetched when a dialog is first opened, or ahead of that while there is nothing else to do. */
export const loadPalette = () => import('./palette.tsx');
export const loadHelp = () => import('./help.tsx');
export const loadDialogs = [loadPalette, loadHelp];
