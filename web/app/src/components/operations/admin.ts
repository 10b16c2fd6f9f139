/** What the page for operations asks of the server, all of it for admins only. */
import type { Client, NodeState, Parked, ParkedPage, Projection, ProjectionPage, Redriven } from '@waybill/client';
import { requestJson } from '@waybill/client/react';

/** After this a read counts as failed, and the next one is tried. */
const PATIENCE_MS = 10_000;
/** As many as the server gives at once. */
const PAGE = 100;

/** The last sample that is known, and whose it is. */
export interface KnownSample {
  readonly node: string;
  readonly after: number;
}

function read<T>(client: Client, path: string): Promise<T> {
  return requestJson<T>(client, path, { signal: AbortSignal.timeout(PATIENCE_MS) });
}

/** The state of the node that answers, with the samples that are not `known`. */
export function readNode(client: Client, known: KnownSample | null): Promise<NodeState> {
  return read(client, known === null ? '/v1/admin/node' : `/v1/admin/node?node=${known.node}&after=${known.after}`);
}

export async function readProjections(client: Client): Promise<Projection[]> {
  return (await read<ProjectionPage>(client, '/v1/admin/projections')).data;
}

export interface ParkedOrders {
  readonly orders: readonly Parked[];
  readonly more: boolean;
}

/** The first so many pages of the parked orders. */
export async function readParked(client: Client, pages: number): Promise<ParkedOrders> {
  const orders: Parked[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pages; page++) {
    const after: string = cursor === null ? '' : `&page_cursor=${encodeURIComponent(cursor)}`;
    const { data, next_cursor }: ParkedPage = await read(client, `/v1/admin/parked?limit=${PAGE}${after}`);
    orders.push(...data);
    cursor = next_cursor;
    if (cursor === null) break;
  }
  return { orders, more: cursor !== null };
}

/** What became of a parked order that was tried again: null if it is followed again, else why it is not. */
export async function redrive(client: Client, { order_id, projection }: Parked): Promise<string | null> {
  const path = `/v1/admin/parked/${order_id}/redrive?projection=${encodeURIComponent(projection)}`;
  const { results } = await requestJson<Redriven>(client, path, { method: 'POST' });
  const result = results.find((one) => one.projection === projection);
  return result?.outcome === 'still_parked' ? (result.reason ?? 'no reason was given') : null;
}

export async function rebuild(client: Client, projection: string): Promise<void> {
  await requestJson(client, `/v1/admin/projections/${encodeURIComponent(projection)}/rebuild`, { method: 'POST' });
}
