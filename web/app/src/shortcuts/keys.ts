/** From keys that were pressed to the command that they mean. */
import type { Command } from './registry.ts';

/** How long to wait for the second key of two. */
const SEQUENCE_MS = 1_500;

/** The keys pressed so far, and what they may still become. */
export class KeySequence {
  private pressed: string[] = [];
  private last = 0;

  /** The command that a key completes; null if there is none, or none yet. `now` is in milliseconds. */
  press(key: string, now: number, commands: readonly Command[]): Command | null {
    if (now - this.last > SEQUENCE_MS) this.pressed = [];
    this.last = now;
    // A key that leads nowhere after those before it may begin anew.
    for (this.pressed.push(key); this.pressed.length > 0; this.pressed.shift()) {
      const text = this.pressed.join(' ');
      const found = commands.find(({ keys }) => keys === text);
      if (found) {
        this.pressed = [];
        return found;
      }
      if (commands.some(({ keys }) => keys?.startsWith(`${text} `))) return null;
    }
    return null;
  }
}

/** What was pressed as `Command.keys` has it; null if it is not for us. */
export function keyOf(event: KeyboardEvent): string | null {
  const { key, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event;
  if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented) return null;
  if (['Shift', 'CapsLock', 'Dead', 'Unidentified'].includes(key)) return null;
  // A letter is that letter also with caps lock on.
  return key.length === 1 && !event.shiftKey ? key.toLowerCase() : key;
}

/** Ctrl-K, or Cmd-K on a Mac; also while typing, where it means nothing else. */
export function isPaletteKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey;
}

const TYPES_INTO = 'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset]), textarea, select, '
  + '[contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=menu], [role=listbox], [role=slider]';

/** Whether keys are for something else at the moment: a field, a menu, or a dialog over the page. */
export function isBusy(target: EventTarget | null): boolean {
  return (target instanceof Element && target.closest(TYPES_INTO) !== null) || document.querySelector('[aria-modal=true]') !== null;
}
