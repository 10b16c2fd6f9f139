/** Names of the files under `src/contract` that are not what the server's documents ask for. */
export function stale(): Promise<string[]>;
