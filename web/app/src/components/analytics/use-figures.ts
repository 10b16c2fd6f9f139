import { useConnection, useOrderEvents, useWaybill } from '@waybill/client/react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { FiguresFeed, type FiguresState } from './figures-feed.ts';

/** The figures that a path leads to, kept up with what happens to orders. */
export function useFigures(path: string | null): FiguresState & Pick<FiguresFeed, 'retry'> {
  const client = useWaybill();
  const { state } = useConnection();
  const [feed] = useState(() => new FiguresFeed(client));
  useEffect(() => {
    feed.ask(path);
    return () => feed.stop();
  }, [feed, path]);
  useOrderEvents('orders', (delivery) => feed.hear(delivery));
  // What could not be read while there was no connection need not wait for its next try.
  const connected = state === 'live' || state === 'polling';
  useEffect(() => {
    if (connected && feed.get().error !== null) feed.retry();
  }, [connected, feed]);
  return { ...useSyncExternalStore(feed.subscribe, feed.get), retry: feed.retry };
}
