import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { Projection } from '@waybill/client';
import { plural } from '../../format.ts';
import { inWords } from './figures.ts';

interface Props {
  /** What is asked about; nothing while nothing is. */
  projection: Projection | null;
  onClose: () => void;
  onRebuild: (projection: Projection) => void;
}

export function RebuildDialog({ projection, onClose, onRebuild }: Props) {
  const name = projection === null ? '' : inWords(projection.name).toLowerCase();
  return (
    <Modal opened={projection !== null} onClose={onClose} title={`Make the ${name} anew?`}>
      <Stack>
        <Text size="sm">
          A second copy is made from all {plural(projection?.head ?? 0, 'event')} of the log, compared with the one in use, and then put
          in its place. Reads go on meanwhile; the database has more to do. If it fails, the copy in use stays as it is.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>Leave it</Button>
          <Button onClick={() => projection && onRebuild(projection)}>Make it anew</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
