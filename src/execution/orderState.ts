/**
 * The states of an order. `denied` is our own refusal before anything was sent, `rejected` the venue's. Names and legal
 * moves follow FIX order state changes as nautilus_trader words them.
 */
export const ORDER_STATUSES = [
  'initialized',
  'denied',
  'submitted',
  'accepted',
  'rejected',
  'partially_filled',
  'pending_cancel',
  'filled',
  'canceled',
  'expired',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

const MOVES: Record<OrderStatus, readonly OrderStatus[]> = {
  initialized: ['denied', 'submitted'],
  denied: [],
  submitted: ['accepted', 'rejected', 'partially_filled', 'pending_cancel', 'filled', 'canceled', 'expired'],
  accepted: ['partially_filled', 'pending_cancel', 'filled', 'canceled', 'expired', 'rejected'],
  rejected: [],
  partially_filled: ['pending_cancel', 'filled', 'canceled', 'expired'],
  // The venue may refuse to cancel, and may fill before it does.
  pending_cancel: ['accepted', 'partially_filled', 'filled', 'canceled', 'expired', 'rejected'],
  filled: [],
  // A fill may cross a cancellation on the wire: the venue has the last word.
  canceled: ['partially_filled', 'filled'],
  expired: ['partially_filled', 'filled'],
};

export function canMove(from: OrderStatus, to: OrderStatus): boolean {
  return MOVES[from].includes(to);
}

const UNSETTLED: readonly OrderStatus[] = [
  'initialized',
  'submitted',
  'accepted',
  'partially_filled',
  'pending_cancel',
];

/** No work is left to do on an order in one of these. */
export function isSettled(status: OrderStatus): boolean {
  return !UNSETTLED.includes(status);
}

export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';
}

/** Throws `IllegalMove` for a move that is not in the table. Staying where it is is no move. */
export function assertMove(from: OrderStatus, to: OrderStatus): void {
  if (!canMove(from, to)) throw new IllegalMove(`An order cannot go from ${from} to ${to}`);
}
