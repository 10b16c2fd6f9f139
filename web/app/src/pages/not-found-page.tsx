import { Anchor, Center, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';

export function NotFoundPage() {
  return (
    <Center component="main" mih="60dvh" p="md">
      <Stack align="center" gap="xs">
        <Title order={1} size="h3">There is nothing here</Title>
        <Text c="dimmed">The address may have a mistake in it.</Text>
        <Anchor component={Link} href="/">To the orders</Anchor>
      </Stack>
    </Center>
  );
}
