/** Which order somebody has before him in this tab: what happens to it is said in other words. */
import { useEffect } from 'react';

let shown: string | null = null;

export function isLookedAt(orderId: string): boolean {
  return shown === orderId;
}

export function useLookingAt(orderId: string | undefined): void {
  useEffect(() => {
    shown = orderId ?? null;
    return () => {
      shown = null;
    };
  }, [orderId]);
}
