import { Alert, Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type SubmitEvent, useState } from 'react';
import { session } from '../session.ts';

/** Asks for a token, over the page as it was last seen if there is one. Stays until there is a token. */
export default function SignIn({ problem = null, overPage = false }: { problem?: string | null; overPage?: boolean }) {
  const [token, setToken] = useState('');
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (token.trim() !== '') session.signIn(token);
  }
  return (
    <Modal
      opened onClose={() => undefined} title="Sign in to Waybill" withOverlay={overPage}
      withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false}
    >
      <form onSubmit={submit}>
        <Stack>
          {problem !== null && <Alert color="red" role="alert">{problem}</Alert>}
          <Text size="sm" c="dimmed">
            Paste an access token. On your own machine, the link that the server prints when it starts signs you in by itself.
          </Text>
          <PasswordInput
            label="Access token" value={token} onChange={(event) => setToken(event.currentTarget.value)}
            leftSection={<IconKey size={16} />} autoComplete="off" spellCheck={false} data-autofocus required
          />
          <Button type="submit" disabled={token.trim() === ''}>Sign in</Button>
        </Stack>
      </form>
    </Modal>
  );
}
