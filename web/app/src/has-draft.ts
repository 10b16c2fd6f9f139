/** Where unsaved changes of an order are kept in this tab; apart from the form, which is loaded late. */
export const draftKey = (orderId: string) => `waybill.draft.${orderId}`;

export function hasDraft(orderId: string): boolean {
  return sessionStorage.getItem(draftKey(orderId)) !== null;
}
