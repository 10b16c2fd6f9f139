/** What tabs say to each other over their channel. */
import type { ClientFrame, Frame } from '../frames.ts';
import type { Transport } from '../transports/transport.ts';

/** To the tab that has the connection. `conn` names one wire of one tab, and a lock that is held as long as it lives. */
export type ToHub =
  | { to: 'hub'; type: 'join'; conn: string; transport: Transport; token: string }
  | { to: 'hub'; type: 'say'; conn: string; hub: string; frames: ClientFrame[] }
  | { to: 'hub'; type: 'leave'; conn: string };

/** To one wire; or to all, from a hub that is new. A wire listens to the hub alone that accepted it. */
export type ToTab =
  | { to: 'tab'; type: 'new'; hub: string }
  | { to: 'tab'; type: 'accepted'; conn: string; hub: string }
  | { to: 'tab'; type: 'hear'; conn: string; hub: string; frames: Frame[] }
  /** `alone`: there is no more room, so connect by yourself from now on. */
  | { to: 'tab'; type: 'over'; conn: string; hub: string; code: number; withinMs?: number | undefined; alone?: true };

export type Message = ToHub | ToTab;

/** A name that no other tab comes upon. */
export function randomName(): string {
  return Math.random().toString(36).slice(2);
}
