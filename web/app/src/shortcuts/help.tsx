/** The list of shortcuts: those of the page that is open, and those that hold everywhere. */
import { Modal, Switch } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { useSyncExternalStore } from 'react';
import { PAGE_GROUP } from './find.ts';
import { Keys } from './key-caps.tsx';
import css from './palette.module.css';
import { registry } from './registry.ts';
import { useSingleKeys } from './single-keys.ts';

const PALETTE_KEYS = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K';

export default function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [on, setOn] = useSingleKeys();
  const commands = useSyncExternalStore(registry.subscribe, registry.get);
  const groups = new Map<string, { name: string; keys: string }[]>();
  for (const { group = PAGE_GROUP, name, keys } of commands) {
    if (keys !== undefined) groups.set(group, [...(groups.get(group) ?? []), { name, keys }]);
  }
  groups.set('Anywhere, also in a field', [{ name: 'Command palette', keys: PALETTE_KEYS }, { name: 'Close what is open', keys: 'Escape' }]);
  return (
    // Opened after the first rendering only, so that the dialog knows where the focus was.
    <Modal opened={useMounted() && opened} onClose={onClose} title="Keyboard shortcuts">
      <div className={css.list}>
        {[...groups].map(([group, rows]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {rows.map(({ name, keys }) => (
                <div key={name} className={css.row}>
                  <dt>{name}</dt>
                  <dd><Keys keys={keys} /></dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Switch
          label="Single keys are shortcuts" checked={on} onChange={(event) => setOn(event.currentTarget.checked)}
          description="Keys one after the other are pressed one by one. They do nothing while you type in a field. Turn them off if you speak to your browser."
        />
      </div>
    </Modal>
  );
}
