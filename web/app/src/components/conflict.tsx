import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { messageOf, ProblemError } from '@waybill/client/react';
import { eventTitle } from '../describe.ts';
import { dateTime } from '../format.ts';

/** Why a command did nothing; where somebody else came first, what happened in between. */
export function Conflict({ failure, onClose }: { failure: unknown; onClose: () => void }) {
  const problem = failure instanceof ProblemError ? failure.problem : null;
  const overtaken = problem?.status === 412 || problem?.status === 409;
  const { changes = [], errors = [] } = problem ?? {};
  return (
    <Alert
      color={overtaken ? 'orange' : 'red'} role="alert" withCloseButton closeButtonLabel="Close" onClose={onClose}
      icon={<IconAlertTriangle size={18} />} title={overtaken ? 'Somebody was faster' : 'That did not work'}
    >
      {messageOf(failure)}
      {changes.length > 0 && (
        <ul>
          {changes.map((event) => (
            <li key={event.version}>
              {eventTitle(event)}, {dateTime(event.recorded_at)}
              {event.actor && ` by ${event.actor.id}`}
            </li>
          ))}
        </ul>
      )}
      {errors.length > 0 && (
        <ul>{errors.map(({ field, detail }) => <li key={field}>{field}: {detail}</li>)}</ul>
      )}
      {overtaken && ' What you see now is up to date; try again if it is still right.'}
    </Alert>
  );
}
