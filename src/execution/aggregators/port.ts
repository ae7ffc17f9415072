import type { Address, Hex } from 'viem';
import type { AggregatorName } from '../venuesModel.ts';

/** What an aggregator is asked for. Amounts in base units of their tokens. */
export interface QuoteRequest {
  chainId: number;
  /** exact_in: `amount` of `sellToken` is paid; exact_out: `amount` of `buyToken` is received. */
  side: 'exact_in' | 'exact_out';
  sellToken: Address;
  sellDecimals: number;
  buyToken: Address;
  buyDecimals: number;
  amount: bigint;
  /** Least to be received, of an exact input; most to be paid, of an exact output. The transaction has to hold to it. */
  bound: bigint;
  /** Who pays, receives and sends the transaction. */
  taker: Address;
  /** Wei; what gas costs now. */
  gasPrice: bigint;
  /** The transaction must not be worked after this instant, where the aggregator can be told so. */
  validUntil: Date;
}

/** A transaction that is offered. What it is sent to, what it may take and what it gives are checked before it is signed. */
export interface AggregatorQuote {
  amountIn: bigint;
  amountOut: bigint;
  /** What the transaction reverts below. Of an exact output the amount itself. */
  minAmountOut: bigint;
  /** Most that it takes. Of an exact input the amount itself. */
  maxAmountIn: bigint;
  gas: bigint;
  to: Address;
  data: Hex;
  /** Wei. */
  value: bigint;
  /** Who must be allowed to take the tokens. */
  spender: Address;
  expiresAt: Date;
  /** What the aggregator saw in the taker's way when it quoted. */
  issues?: QuoteIssues;
  /** There where `data` is whole only with a signature of the taker's; without it the transaction reverts. */
  permit?: QuotePermit;
}

/** Amounts in base units of the token that is paid. */
export interface QuoteIssues {
  allowance?: { spender: Address; actual: bigint };
  balance?: { token: Address; actual: bigint; expected: bigint };
  /** The aggregator could not try its own transaction. */
  simulationIncomplete?: true;
}

/** Allows the called contract, once, to take the amount through Permit2. Whoever has the signature can have it taken. */
export interface QuotePermit {
  /** EIP-712, as wallets take it. */
  typedData: {
    domain: Record<string, unknown>;
    types: Record<string, { name: string; type: string }[]>;
    primaryType: string;
    message: Record<string, unknown>;
  };
  /** The calldata with the signature in it. */
  complete(signature: Hex): Hex;
}

export const QUOTE_FAILURES = [
  'no_liquidity',
  'unsupported',
  'bad_request',
  'unauthorised',
  'rate_limited',
  'unavailable',
  'timeout',
  'malformed',
  'expired',
  'beyond_limit',
] as const;
export type QuoteFailureCode = (typeof QUOTE_FAILURES)[number];

/** Why there is no quote. `detail` holds no key. */
export class QuoteFailure extends Error {
  override readonly name = 'QuoteFailure';
  readonly code: QuoteFailureCode;

  constructor(code: QuoteFailureCode, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.code = code;
  }
}

/** A service that finds routes and answers transactions. Asking commits to nothing. */
export interface Aggregator {
  name: AggregatorName;
  /**
   * @param signal aborts at the deadline
   * @throws QuoteFailure
   */
  quote(request: QuoteRequest, signal: AbortSignal): Promise<AggregatorQuote>;
}
