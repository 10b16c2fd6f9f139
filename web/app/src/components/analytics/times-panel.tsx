import { Table } from '@mantine/core';
import type { Figures } from '@waybill/client';
import { StatusBadge } from '../status.tsx';
import css from './analytics.module.css';
import { Nothing, Panel } from './panel.tsx';
import { duration } from './words.ts';

const ABOUT = 'Of orders that left the status in these days, whether they went on or were cancelled. To within 1.6 %.';

/** How long orders are in each status. The bars are for the eye; the numbers say it all. */
export function TimesPanel({ times }: { times: Figures['time_in_status'] }) {
  const longest = Math.max(...times.map(({ p95_secs }) => p95_secs ?? 0));
  const share = (secs: number) => ({ width: `${longest === 0 ? 0 : Math.max(1, (100 * secs) / longest)}%` });
  const none = times.every(({ count }) => count === 0);
  return (
    <Panel title="Time in each status" about={ABOUT}>
      {none ? <Nothing>No order left a status in these days.</Nothing> : (
        <Table className={css.figures} aria-label="Time in each status">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Status</Table.Th>
              <Table.Th scope="col">Orders</Table.Th>
              <Table.Th scope="col"><abbr title="Half of the orders took so long at most">Median</abbr></Table.Th>
              <Table.Th scope="col"><abbr title="95 of 100 orders took so long at most">95 %</abbr></Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {times.map(({ status, count, median_secs, p95_secs }) => (
              <Table.Tr key={status}>
                <Table.Th scope="row">
                  <StatusBadge status={status} />
                  {median_secs !== null && p95_secs !== null && (
                    <span className={css.spread} data-status={status} aria-hidden>
                      <span style={share(p95_secs)} />
                      <span style={share(median_secs)} />
                    </span>
                  )}
                </Table.Th>
                <Table.Td>{count.toLocaleString()}</Table.Td>
                <Table.Td>{median_secs === null ? '–' : duration(median_secs)}</Table.Td>
                <Table.Td>{p95_secs === null ? '–' : duration(p95_secs)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
