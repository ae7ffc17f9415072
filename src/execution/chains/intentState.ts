import type { IntentReport } from '../aggregators/intents.ts';

/**
 * Where an order that others settle stands. `signed`: what was signed is written down and may have been sent; `open`: the service has it;
 * `mined`: it was settled, in a block that may still go; `refused`: the service has never taken it; `released`: nothing was signed.
 */
export const INTENT_STATES = [
  'prepared',
  'awaiting_signature',
  'signed',
  'open',
  'mined',
  'settled',
  'refused',
  'canceled',
  'expired',
  'released',
] as const;
export type IntentState = (typeof INTENT_STATES)[number];

const MOVES: Record<IntentState, readonly IntentState[]> = {
  prepared: ['awaiting_signature', 'signed', 'released'],
  awaiting_signature: ['signed', 'released'],
  signed: ['open', 'mined', 'refused', 'canceled', 'expired'],
  open: ['mined', 'canceled', 'expired'],
  mined: ['open', 'settled'],
  settled: [],
  refused: [],
  canceled: [],
  expired: [],
  released: [],
};

export function canIntentMove(from: IntentState, to: IntentState): boolean {
  return MOVES[from].includes(to);
}

export function hasIntentEnded(state: IntentState): boolean {
  return MOVES[state].length === 0;
}

/** Whether somebody may have what was signed. */
export function isIntentOut(state: IntentState): boolean {
  return state === 'signed' || state === 'open' || state === 'mined';
}

export interface IntentStanding {
  state: IntentState;
  /** Of what has to be approved before: whether it is done. */
  approvals: 'pending' | 'done' | 'failed';
  sends: number;
  refusals: number;
  /** In the words of the service. */
  detail: string | null;
  sentAt: Date | null;
  validTo: Date;
  cancelRequested: boolean;
  /** What taking it back at the service needs: `none` where that is not to be had, or done. */
  cancellation: 'none' | 'unsigned' | 'signed';
  /** Where it was last seen settled. */
  settled: { hash: string; blockHash: string } | null;
}

/** What is to be seen of it now. */
export interface IntentSight {
  head: bigint;
  /** By the chain, in a block that is on it. */
  settlement: { hash: string; block: bigint; blockHash: string } | null;
  /** Nothing has settled it at the depth that counts as final, and nothing can any more. */
  isOver: boolean;
  /** Undefined: the service does not have it; null: it cannot be told. */
  told: IntentReport | null | undefined;
}

export interface IntentPace {
  now: Date;
  confirmations: number;
  /** Between two sendings of the same. */
  resendMs: number;
  canSign: boolean;
}

export type IntentStep =
  | { do: 'wait' }
  | { do: 'move'; to: IntentState; reason: string | null }
  | { do: 'sign' }
  | { do: 'send' }
  | { do: 'sign_cancellation' }
  | { do: 'send_cancellation' };

const WAIT: IntentStep = { do: 'wait' };
const move = (to: IntentState, reason: string | null = null): IntentStep => ({ do: 'move', to, reason });

/**
 * What is to be done next about it. Until something is signed it can be dropped; from then on it counts as being out until the chain has
 * settled it, or can no longer: what the service says of its end is no verdict.
 */
export function nextIntentStep(standing: IntentStanding, sight: IntentSight, pace: IntentPace): IntentStep {
  const { state } = standing;
  if (hasIntentEnded(state)) return WAIT;
  if (!isIntentOut(state)) return beforeSigning(standing, pace);
  if (sight.settlement) return afterSettlement(standing, sight.settlement, sight.head, pace);
  if (state === 'mined') return move('open', 'The block that it was settled in is no longer on the chain');
  if (sight.isOver) return ended(standing, sight);
  return whileOut(standing, sight, pace);
}

function beforeSigning({ state, approvals, cancelRequested, validTo }: IntentStanding, pace: IntentPace): IntentStep {
  if (cancelRequested) return move('released', 'Canceled before it was signed');
  if (pace.now >= validTo) return move('released', 'Not signed in time');
  if (approvals === 'failed') return move('released', 'What it needs was not approved');
  if (approvals === 'pending') return WAIT;
  if (pace.canSign) return { do: 'sign' };
  return state === 'prepared' ? move('awaiting_signature') : WAIT;
}

function afterSettlement(
  { state, settled }: IntentStanding,
  seen: NonNullable<IntentSight['settlement']>,
  head: bigint,
  { confirmations }: IntentPace,
): IntentStep {
  if (state !== 'mined') return move('mined');
  if (settled?.hash !== seen.hash || settled.blockHash !== seen.blockHash)
    return move('open', 'It was settled again in another block');
  return head - seen.block < BigInt(confirmations) ? WAIT : move('settled');
}

function ended({ cancelRequested }: IntentStanding, { told }: IntentSight): IntentStep {
  const said = told?.reason ? `: ${told.reason}` : '';
  return cancelRequested ? move('canceled', 'Canceled before it was settled') : move('expired', `Not settled${said}`);
}

/** It may be settled at any time. */
function whileOut(standing: IntentStanding, { told }: IntentSight, pace: IntentPace): IntentStep {
  const { state, sends, refusals, sentAt, validTo, cancelRequested, cancellation } = standing;
  // A refusal proves that it is not there only where nothing was ever sent that was not refused.
  if (state === 'signed' && refusals > 0 && sends === refusals) return move('refused', standing.detail);
  if (state === 'signed' && told) return move('open');
  if (pace.now >= validTo) return WAIT;
  if (cancelRequested) {
    if (cancellation === 'signed') return { do: 'send_cancellation' };
    return cancellation === 'unsigned' && pace.canSign ? { do: 'sign_cancellation' } : WAIT;
  }
  const isDue = sentAt === null || pace.now.getTime() - sentAt.getTime() >= pace.resendMs;
  return told === undefined && isDue ? { do: 'send' } : WAIT;
}
