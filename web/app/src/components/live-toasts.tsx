import { useConnection, useOrderEvents } from '@waybill/client/react';
import { useEffect, useRef } from 'react';
import { announcer } from '../announcer.tsx';
import { useInSight } from '../browser-notices.ts';
import { useMe } from '../me.ts';
import { useNotices } from '../notices.ts';

/** Announces what happens to the orders that one may see. */
export function LiveToasts() {
  const { topic, isStaff, subject } = useMe();
  const [on] = useNotices();
  const { state } = useConnection();
  // Said once an outage, not at every connection: that all is well at the beginning is no news.
  const wasOffline = useRef(false);
  useEffect(() => {
    if (state === 'offline') wasOffline.current = true;
  }, [state]);
  useOrderEvents(topic, (delivery) => {
    announcer.hear(delivery, { on, mine: !isStaff, subject, wasOffline: wasOffline.current });
    if (delivery.kind === 'live') wasOffline.current = false;
  });
  useInSight(subject);
  return null;
}
