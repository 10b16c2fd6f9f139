/** Whether `src/contract.ts` says what the server's documents say. */
export function isCurrent(): Promise<boolean>;
