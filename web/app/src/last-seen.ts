/** Up to where somebody has followed his orders on this device: from there on is what he has missed. */
const key = (subject: string) => `waybill.seen.${subject}`;

export const lastSeen = {
  of: (subject: string): string | null => localStorage.getItem(key(subject)),
  keep(subject: string, cursor: string): void {
    try {
      localStorage.setItem(key(subject), cursor);
    } catch {
      // Full or forbidden: then there is no summary next time.
    }
  },
};
