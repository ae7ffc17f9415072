/**
 * Where a nonce of ours stands. `signed`: what was signed is written down and may have been sent; `dropped`: the node has
 * forgotten it; `reorged`: the block that it was in is gone; `canceled`: something else used the nonce; `released`: nobody
 * has taken anything for it, so that another purpose may have it.
 */
export const TRANSACTION_STATES = [
  'prepared',
  'awaiting_signature',
  'signed',
  'broadcast',
  'dropped',
  'mined',
  'reorged',
  'confirmed',
  'reverted',
  'canceled',
  'released',
] as const;
export type TransactionState = (typeof TRANSACTION_STATES)[number];

const MOVES: Record<TransactionState, readonly TransactionState[]> = {
  prepared: ['awaiting_signature', 'signed', 'canceled', 'released'],
  awaiting_signature: ['signed', 'canceled', 'released'],
  signed: ['broadcast', 'dropped', 'mined', 'canceled', 'released'],
  broadcast: ['dropped', 'mined', 'canceled'],
  dropped: ['broadcast', 'mined', 'canceled'],
  mined: ['reorged', 'confirmed', 'reverted', 'canceled'],
  reorged: ['broadcast', 'dropped', 'mined', 'canceled'],
  confirmed: [],
  reverted: [],
  canceled: [],
  released: [],
};

export function canMove(from: TransactionState, to: TransactionState): boolean {
  return MOVES[from].includes(to);
}

export function isFinal(state: TransactionState): boolean {
  return MOVES[state].length === 0;
}

/** Whether it has ended without doing what it is for. */
export function hasFailed(state: TransactionState): boolean {
  return isFinal(state) && state !== 'confirmed';
}

/** What a nonce is spent on: the call that it is for, or a transfer of nothing to oneself in its place. */
export type AttemptKind = 'call' | 'cancel';

/** Wei. */
export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

export interface Asked {
  sequence: number;
  kind: AttemptKind;
  fees: Fees;
}

export const OUTCOMES = ['taken', 'nonce_used', 'underpriced', 'refused', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What matters of something signed for deciding what to do next. */
export interface AttemptStanding extends Asked {
  hash: string;
  signedAt: Date;
  sends: number;
  refusals: number;
  sentAt: Date | null;
  outcome: Outcome | null;
}

export interface Standing {
  state: TransactionState;
  nonce: number;
  asked: Asked;
  attempts: readonly AttemptStanding[];
  /** The attempt that was last seen mined, and in which block. */
  mined: { hash: string; blockHash: string } | null;
  cancelRequested: boolean;
  validUntil: Date;
  isPrivate: boolean;
}

/** What the chain says now. */
export interface Sight {
  head: bigint;
  /** Next nonce of the address at the head. */
  nonce: number;
  /** A block as deep as counts as final has spent the nonce on something that is not ours. */
  isSpentByAnother: boolean;
  /** Of whichever attempt was mined, in a block that is on the chain. */
  receipt: { hash: string; kind: AttemptKind; block: bigint; blockHash: string; success: boolean } | null;
  /** Whether the node has the last attempt in its pool. */
  isKnown: boolean;
}

export interface Pace {
  now: Date;
  confirmations: number;
  replaceAfterMs: number;
  /** Between two sendings of the same bytes. */
  resendMs: number;
  /** Whether the key is ours to use. */
  canSign: boolean;
  /** Fees for the same nonce that a node takes in place of the last ones, or undefined where they would exceed what may be paid. */
  bumped: (fees: Fees) => Fees | undefined;
}

export type Step =
  | { do: 'wait' }
  | { do: 'move'; to: TransactionState; reason: string | null }
  /** Give the nonce back, or spend it on nothing where later ones wait for it. */
  | { do: 'abandon'; reason: string }
  | { do: 'ask'; asked: Asked }
  | { do: 'sign' }
  | { do: 'send' };

const WAIT: Step = { do: 'wait' };
const move = (to: TransactionState, reason: string | null = null): Step => ({ do: 'move', to, reason });

/**
 * What is to be done next about a nonce. Whatever was sent stays possible until the nonce is spent, so that a nonce is
 * never left for another; what is mined decides.
 */
export function nextStep(standing: Standing, sight: Sight, pace: Pace): Step {
  if (isFinal(standing.state)) return WAIT;
  if (sight.receipt) return afterMining(standing, sight.receipt, sight.head, pace);
  if (standing.state === 'mined') return move('reorged', 'The block that it was in is no longer on the chain');
  if (sight.isSpentByAnother)
    return move('canceled', `Nonce ${standing.nonce} was used by a transaction that is not ours`);
  if (sight.nonce > standing.nonce) return WAIT; // by ours or by another: its receipt will tell
  return whileOpen(standing, sight, pace);
}

function afterMining(standing: Standing, receipt: NonNullable<Sight['receipt']>, head: bigint, pace: Pace): Step {
  const { mined } = standing;
  if (standing.state !== 'mined') return move('mined');
  if (mined?.hash !== receipt.hash || mined.blockHash !== receipt.blockHash)
    return move('reorged', 'It was mined again in another block');
  if (head - receipt.block < BigInt(pace.confirmations)) return WAIT;
  if (receipt.kind === 'cancel') return move('canceled', cancelReason(standing));
  return receipt.success ? move('confirmed') : move('reverted', 'It was mined and reverted');
}

function cancelReason({ cancelRequested }: Standing): string {
  return cancelRequested ? 'Canceled before it was mined' : 'Not mined in time';
}

/** The nonce is still to be spent. */
function whileOpen(standing: Standing, sight: Sight, pace: Pace): Step {
  const { asked, attempts, cancelRequested, validUntil } = standing;
  const last = attempts.at(-1);
  const isOver = cancelRequested || pace.now >= validUntil;
  if (!last) {
    if (isOver && asked.kind === 'call')
      return { do: 'abandon', reason: cancelRequested ? 'Canceled before it was signed' : 'Not signed in time' };
    if (pace.canSign) return { do: 'sign' };
    return standing.state === 'prepared' ? move('awaiting_signature') : WAIT;
  }
  if (attempts.every(({ sends, refusals }) => sends > 0 && sends === refusals) && asked.kind === 'call')
    return { do: 'abandon', reason: 'The node refused it' };
  const isAsked = asked.sequence > last.sequence;
  if (isAsked && pace.canSign) return { do: 'sign' };
  if (!isAsked) {
    const wanted = replacement(last, isOver, pace);
    if (wanted) return { do: 'ask', asked: wanted };
  }
  return keepAlive(standing, last, sight, pace);
}

/** What to have signed in place of the last attempt: for what is over a cancellation, for what is stuck the same at higher fees. */
function replacement(last: AttemptStanding, isOver: boolean, pace: Pace): Asked | undefined {
  const isCanceling = isOver && last.kind === 'call';
  // Whoever signs elsewhere is not asked again for what may be mined any moment.
  const isStuck = pace.canSign && pace.now.getTime() - last.signedAt.getTime() >= pace.replaceAfterMs;
  if (!isCanceling && !isStuck && last.outcome !== 'underpriced') return undefined;
  const fees = pace.bumped(last.fees);
  return fees && { sequence: last.sequence + 1, kind: isCanceling ? 'cancel' : last.kind, fees };
}

/** Sends what nobody has, and what has been forgotten, again: the same bytes, which do no harm twice. */
function keepAlive(standing: Standing, last: AttemptStanding, sight: Sight, pace: Pace): Step {
  const { state } = standing;
  const isDue = last.sentAt === null || pace.now.getTime() - last.sentAt.getTime() >= pace.resendMs;
  if (last.sends === 0) return { do: 'send' };
  if (sight.isKnown && (state === 'signed' || state === 'dropped' || state === 'reorged')) return move('broadcast');
  if (sight.isKnown || (standing.isPrivate && !isDue)) return WAIT;
  if (state === 'broadcast' && !standing.isPrivate) return move('dropped', 'The node no longer has it');
  return isDue || state === 'reorged' || state === 'dropped' ? { do: 'send' } : WAIT;
}
