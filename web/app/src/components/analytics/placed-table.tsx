import { Table } from '@mantine/core';
import { money } from '../../format.ts';
import css from './analytics.module.css';
import { Panel } from './panel.tsx';
import type { Counted, Unit } from './range.ts';
import { periodName } from './words.ts';

/** The same as the charts, the latest first. */
export function PlacedTable({ rows, by, currency }: { rows: readonly Counted[]; by: Unit; currency: string | null }) {
  const title = `Orders and revenue by ${by}`;
  return (
    <Panel alone title={title} about="By when they were placed; orders in all currencies. Revenue leaves out those that are cancelled.">
      <div className={css.scroll} tabIndex={0} role="region" aria-label={`${title}, the table`}>
        <Table className={css.figures} aria-label={title} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{by === 'hour' ? 'Hour' : 'Day'} (UTC)</Table.Th>
              <Table.Th scope="col">Orders</Table.Th>
              <Table.Th scope="col">Cancelled</Table.Th>
              {currency !== null && <Table.Th scope="col">Revenue, {currency}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.toReversed().map(({ start, orders, cancelled, revenue, soFar }) => (
              <Table.Tr key={start}>
                <Table.Th scope="row">{periodName(start, by)}{soFar && ' (so far)'}</Table.Th>
                <Table.Td>{orders.toLocaleString()}</Table.Td>
                <Table.Td>{cancelled.toLocaleString()}</Table.Td>
                {currency !== null && <Table.Td>{money(revenue, currency)}</Table.Td>}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}
