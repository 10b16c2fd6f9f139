import { Button, Group } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { Note } from '../note.tsx';

/** There are unsaved changes, and something else is shown. */
export function DraftBanner({ onGoOn, onDiscard }: { onGoOn: () => void; onDiscard: () => void }) {
  return (
    <Note tone="info" icon={<IconPencil size={18} />} title="You have changes that are not saved">
      <Group gap="xs">
        <Button size="xs" onClick={onGoOn}>Go on editing</Button>
        <Button size="xs" variant="default" onClick={onDiscard}>Discard changes</Button>
      </Group>
    </Note>
  );
}
