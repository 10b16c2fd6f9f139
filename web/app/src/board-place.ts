/** Where somebody was on the order board, so that the way back from an order leads there again. */

export interface Place {
  /** The address's query: which view it was. */
  search: string;
  /** How far it was scrolled, in pixels. */
  y: number;
  /** The order that the keyboard was at. */
  orderId: string;
}

let place: Place = { search: '', y: 0, orderId: '' };

export function rememberPlace(change: Partial<Omit<Place, 'search'>>): void {
  place = { ...place, ...change };
}

/** From now on places are in this view; in another one than before nobody is anywhere yet. */
export function rememberView(search: string): void {
  if (place.search !== search) place = { search, y: 0, orderId: '' };
}

/** The place in a view, if it is the one that was looked at last. */
export function placeIn(search: string): Place | null {
  return place.search === search ? place : null;
}

/** Leads back to the board as it was left. */
export function boardPath(): string {
  return `/${place.search}`;
}
