import type { Delivery, SubscriptionHandle } from '@waybill/client';
import { useConnection, useWaybill } from '@waybill/client/react';
import { useEffect, useEffectEvent, useRef } from 'react';
import { announcer } from '../announcer.tsx';
import { useInSight } from '../browser-notices.ts';
import { lastSeen } from '../last-seen.ts';
import { useMe } from '../me.ts';
import { useNotices } from '../notices.ts';

/** Announces what happens to the orders that one may see, and sums up what happened while one was away. */
export function LiveToasts() {
  const client = useWaybill();
  const { topic, isStaff, subject } = useMe();
  const [on] = useNotices();
  const { state } = useConnection();
  // Said once an outage, not at every connection: that all is well at the beginning is no news.
  const wasOffline = useRef(false);
  useEffect(() => {
    if (state === 'offline') wasOffline.current = true;
  }, [state]);
  const hear = useEffectEvent((delivery: Delivery) => {
    announcer.hear(delivery, { on, mine: !isStaff, subject, wasOffline: wasOffline.current });
    if (delivery.kind === 'live') wasOffline.current = false;
  });
  useEffect(() => {
    let handle: SubscriptionHandle | undefined;
    const follow = (after: string) => {
      handle = client.subscribe({ topic, after, include: 'order' }, (delivery) => {
        hear(delivery);
        if (delivery.kind === 'reset') {
          handle?.close();
          follow('now');
        } else if (!isStaff && handle?.cursor) lastSeen.keep(subject, handle.cursor);
      });
    };
    // A customer is told what happened since he last had the page open. In a shop that is always more than anybody reads.
    follow((isStaff ? null : lastSeen.of(subject)) ?? 'now');
    return () => handle?.close();
  }, [client, topic, subject, isStaff]);
  useInSight(subject);
  return null;
}
