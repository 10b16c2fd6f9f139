/** Listens to the keyboard, and shows the command palette and the list of shortcuts, which are loaded when first asked for. */
import { lazy, Suspense, useEffect, useEffectEvent, useState } from 'react';
import { type Dialog, openDialog, useDialog } from './dialogs.ts';
import { useGlobalCommands } from './global-commands.tsx';
import { isBusy, isPaletteKey, keyOf, KeySequence } from './keys.ts';
import { loadHelp, loadPalette } from './load.ts';
import { registry } from './registry.ts';
import { useSingleKeys } from './single-keys.ts';

const Palette = lazy(loadPalette);
const Help = lazy(loadHelp);

export function Shortcuts() {
  useGlobalCommands();
  const dialog = useDialog();
  const [singleKeys] = useSingleKeys();
  const [sequence] = useState(() => new KeySequence());
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (isPaletteKey(event)) {
      // Over a dialog that asks for something the palette would only be in the way.
      if (dialog === null && document.querySelector('[aria-modal=true]')) return;
      event.preventDefault();
      openDialog(dialog === 'palette' ? null : 'palette');
      return;
    }
    const key = singleKeys ? keyOf(event) : null;
    if (key === null || isBusy(event.target)) return;
    const command = sequence.press(key, event.timeStamp, registry.get());
    if (!command) return;
    event.preventDefault();
    command.run();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
  const asked = useAsked(dialog);
  return (
    <Suspense>
      {asked.has('palette') && <Palette opened={dialog === 'palette'} onClose={() => openDialog(null)} />}
      {asked.has('help') && <Help opened={dialog === 'help'} onClose={() => openDialog(null)} />}
    </Suspense>
  );
}

/** The dialogs that were ever open: they stay, closed, so that they can fade and give back the focus. */
function useAsked(dialog: Dialog): ReadonlySet<Dialog> {
  const [asked, setAsked] = useState<ReadonlySet<Dialog>>(new Set());
  if (dialog !== null && !asked.has(dialog)) setAsked(new Set(asked).add(dialog));
  return asked;
}
