import type { Counts } from '@waybill/client';
import { useState } from 'react';

/** A new search knows no counts until it is answered, which offline it is not. */
export function useLastCounts(counts: Counts | null, customer = ''): Counts | null {
  const [last, setLast] = useState<{ counts: Counts; customer: string } | null>(null);
  if (counts && (counts !== last?.counts || customer !== last.customer)) setLast({ counts, customer });
  return counts ?? (last?.customer === customer ? last.counts : null);
}
