import css from './palette.module.css';

const NAMES: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', ' ': 'Space', Escape: 'Esc' };

/** Keys as they look on a keyboard, one after the other. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={css.keys}>
      {keys.split(' ').map((key, i) => <kbd key={i} className={css.key}>{NAMES[key] ?? (/^[a-z]$/.test(key) ? key.toUpperCase() : key)}</kbd>)}
    </span>
  );
}
