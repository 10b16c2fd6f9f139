import { Alert, Button, Group } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';

/** There are unsaved changes, and something else is shown. */
export function DraftBanner({ onGoOn, onDiscard }: { onGoOn: () => void; onDiscard: () => void }) {
  return (
    <Alert color="blue" mb="md" icon={<IconPencil size={18} />} title="You have changes that are not saved">
      <Group gap="xs">
        <Button size="xs" onClick={onGoOn}>Go on editing</Button>
        <Button size="xs" variant="default" onClick={onDiscard}>Discard changes</Button>
      </Group>
    </Alert>
  );
}
