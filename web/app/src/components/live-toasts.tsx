import { useOrderEvents } from '@waybill/client/react';
import { useState } from 'react';
import { Announcer } from '../announcer.tsx';
import { useMe } from '../me.ts';
import { useNotices } from '../notices.ts';

/** Announces what happens to the orders that one may see. */
export function LiveToasts() {
  const { topic, isStaff } = useMe();
  const [on] = useNotices();
  const [announcer] = useState(() => new Announcer());
  useOrderEvents(topic, (delivery) => announcer.hear(delivery, { on, mine: !isStaff }));
  return null;
}
