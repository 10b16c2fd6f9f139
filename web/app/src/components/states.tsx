import { Alert, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconPackages } from '@tabler/icons-react';
import css from './states.module.css';

export function EmptyState({ searched, byStatus, isStaff }: { searched: boolean; byStatus: boolean; isStaff: boolean }) {
  const filtered = searched || byStatus;
  const others = [...(byStatus ? ['another status'] : []), ...(searched ? ['other words'] : [])];
  const start = isStaff ? 'Place a demo order, and it appears here.' : 'As soon as you order something, it appears here.';
  const advice = filtered ? `Try ${others.join(' or ')}.` : start;
  return (
    <div className={css.empty}>
      <IconPackages size={44} stroke={1.2} aria-hidden />
      <Title order={2} size="h4">{filtered ? 'No order matches' : 'No orders yet'}</Title>
      <Text c="dimmed" ta="center">{advice}</Text>
    </div>
  );
}

export function ErrorNote({ message }: { message: string }) {
  return (
    <Alert color="red" role="alert" mb="md" icon={<IconAlertTriangle size={18} />}>{message}</Alert>
  );
}
