/** Who the server says that we are, and so what the page offers. */
import type { Client } from '@waybill/client';
import { messageOf, ProblemError, requestJson } from '@waybill/client/react';
import { createContext, useContext, useEffect, useState } from 'react';

export interface Me {
  subject: string;
  roles: string[];
}

export interface MeState {
  me: Me | null;
  error: string | null;
  unauthorized: boolean;
}

const RETRY_MS = 3_000;
/** What is a customer's, an employee's, and for whoever runs the service; an admin is staff, too. */
export type Role = 'customer' | 'staff' | 'admin';

function roleOf({ roles }: Me): Role {
  if (roles.includes('admin')) return 'admin';
  return roles.includes('staff') || roles.includes('service') ? 'staff' : 'customer';
}

export const MeContext = createContext<Me>({ subject: '', roles: [] });

/** Asks until there is an answer. */
export function useLoadMe(client: Client): MeState {
  const [state, setState] = useState<MeState>({ me: null, error: null, unauthorized: false });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    async function load(): Promise<void> {
      try {
        const me = await requestJson<Me>(client, '/v1/me');
        if (!over) setState({ me, error: null, unauthorized: false });
      } catch (error) {
        if (over) return;
        const unauthorized = error instanceof ProblemError && error.problem.status === 401;
        setState((known) => ({ ...known, error: messageOf(error), unauthorized }));
        if (!unauthorized) timer = setTimeout(() => void load(), RETRY_MS);
      }
    }
    void load();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [client]);
  return state;
}

export function useMe(): Me & { role: Role; isStaff: boolean; topic: string } {
  const me = useContext(MeContext);
  const role = roleOf(me);
  const isStaff = role !== 'customer';
  return { ...me, role, isStaff, topic: isStaff ? 'orders' : 'customer:me' };
}
