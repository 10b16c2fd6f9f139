import { Table } from '@mantine/core';
import type { Figures } from '@waybill/client';
import { REASON_NAMES } from '../../describe.ts';
import css from './analytics.module.css';
import { Nothing, Panel } from './panel.tsx';
import { percent } from './words.ts';

/** Why orders were called off, the most frequent reason first. */
export function ReasonsPanel({ reasons }: { reasons: Figures['cancellations'] }) {
  const all = reasons.reduce((sum, { count }) => sum + count, 0);
  const sorted = reasons.toSorted((a, b) => b.count - a.count);
  return (
    <Panel title="Cancellations by reason" about="Of orders that were cancelled in these days, whenever they were placed.">
      {all === 0 ? <Nothing>No order was cancelled in these days.</Nothing> : (
        <Table className={css.figures} aria-label="Cancellations by reason">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Reason</Table.Th>
              <Table.Th scope="col">Orders</Table.Th>
              <Table.Th scope="col">Share</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.map(({ reason, count }) => (
              <Table.Tr key={reason}>
                <Table.Th scope="row">
                  {REASON_NAMES[reason]}
                  <span className={css.spread} data-status="cancelled" aria-hidden>
                    <span />
                    <span style={{ width: `${(100 * count) / (sorted[0]?.count ?? 1)}%` }} />
                  </span>
                </Table.Th>
                <Table.Td>{count.toLocaleString()}</Table.Td>
                <Table.Td>{percent(count, all)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}
