import { Alert, Button, CopyButton, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy, IconLink } from '@tabler/icons-react';
import { messageOf, useWaybill } from '@waybill/client/react';
import { useState } from 'react';
import { issueTrackingLink, type TrackingLink, withdrawTrackingLinks } from '../../api.ts';
import { dateTime } from '../../format.ts';

const DAY = 86_400;
const LIFETIMES = [1, 7, 30, 90].map((days) => ({ value: String(days * DAY), label: days === 1 ? '1 day' : `${days} days` }));

/** Gives somebody without an account a look at this order, and takes it back. */
export function TrackingLinkButton({ orderId }: { orderId: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconLink size={16} />} onClick={() => setOpened(true)}>Tracking link</Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Tracking link">
        {opened && <TrackingLinkForm orderId={orderId} />}
      </Modal>
    </>
  );
}

function TrackingLinkForm({ orderId }: { orderId: string }) {
  const client = useWaybill();
  const [lifetime, setLifetime] = useState(String(30 * DAY));
  const [link, setLink] = useState<TrackingLink | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  async function run(what: () => Promise<void>): Promise<void> {
    setBusy(true);
    setFailure(null);
    setSaid(null);
    try {
      await what();
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
      setSure(false);
    }
  }
  const issue = async () => setLink(await issueTrackingLink(client, orderId, Number(lifetime)));
  const withdraw = async () => {
    await withdrawTrackingLinks(client, orderId);
    setLink(null);
    setSaid('All links to this order have been withdrawn. Whoever has one open sees nothing more of it.');
  };
  return (
    <Stack>
      <Text size="sm" c="dimmed">Whoever has the link follows this order, live, without an account: its status, its parcel, what is in it and the town that it goes to. No names, prices or notes.</Text>
      {failure !== null && <Alert color="red" role="alert">{failure}</Alert>}
      <div role="status">{said !== null && <Alert color="green">{said}</Alert>}</div>
      {link ? (
        <>
          <TextInput
            label="The link" description={`Shown only now. It ends ${dateTime(link.expires_at)}.`} value={link.url} readOnly
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton value={link.url}>
            {({ copied, copy }) => (
              <Button leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} onClick={copy}>
                {copied ? 'Copied' : 'Copy the link'}
              </Button>
            )}
          </CopyButton>
        </>
      ) : (
        <>
          <NativeSelect
            label="How long it is to work" data={LIFETIMES} value={lifetime} onChange={(event) => setLifetime(event.currentTarget.value)}
          />
          <Button loading={busy && !sure} onClick={() => void run(issue)}>Make a link</Button>
        </>
      )}
      <Group justify="flex-end">
        {sure ? (
          <>
            <Button variant="default" onClick={() => setSure(false)}>Keep them</Button>
            <Button color="red" loading={busy} onClick={() => void run(withdraw)}>Withdraw all links</Button>
          </>
        ) : (
          <Button variant="subtle" color="gray" size="xs" disabled={busy} onClick={() => setSure(true)}>Withdraw the links given so far …</Button>
        )}
      </Group>
    </Stack>
  );
}
