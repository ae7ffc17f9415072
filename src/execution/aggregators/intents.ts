import type { Address, Hex } from 'viem';
import type { EventLog, LogFilter, Read } from '../chains/rpc.ts';
import type { AggregatorName } from '../venuesModel.ts';
import type { TypedData } from './fields.ts';
import type { QuoteRequest } from './port.ts';

// Services that take signed orders, and have others settle them: nothing of ours is sent to the chain but an approval. An order is
// named by what is signed, so that it has its name before it is sent: an answer that is lost is looked up, and sending the same
// signed order again is the same order.

export interface IntentRequest extends QuoteRequest {
  /** Ours; it goes into what is signed where the service allows, so that two orders for the same are two. */
  clientOrderId: string;
}

/** What is to be signed. Plain JSON, its integers in decimal text, to be written down before it is. */
export interface Intent {
  service: AggregatorName;
  chainId: number;
  /** The service's name of the order. */
  uid: string;
  owner: Address;
  /** Who gets what is bought, as it is signed. */
  receiver: Address;
  /** Most that is paid, and least that is received. */
  sellAmount: string;
  buyAmount: string;
  /** What was quoted. */
  quoted: { sellAmount: string; buyAmount: string };
  sellToken: Address;
  buyToken: Address;
  /** Who must be allowed to take the tokens, before anybody can settle it. */
  spender: Address;
  /** Seconds since 1970; nobody can settle it after. */
  validTo: number;
  /** EIP-712, as wallets take it. */
  typedData: TypedData;
  /** What the service is sent beside the signature. */
  submission: Record<string, unknown>;
}

/**
 * `open`: it may be settled at any time; `settling`: a transaction is out. `canceled` and `expired` are the service's word: a settlement
 * that was under way may still come, and only the chain tells (`transactions` of a later report).
 */
export type IntentStatus = 'open' | 'settling' | 'filled' | 'canceled' | 'expired' | 'failed';

export interface IntentReport {
  status: IntentStatus;
  reason: string | null;
  /** Base units so far; null where the service does not tell, and the receipts of its transactions do. */
  sold: bigint | null;
  bought: bigint | null;
  transactions: Hex[];
}

/**
 * What the chain says of an order, whatever the service does. `open`: it was not settled; `spent`: it was, or its owner has taken it back on
 * the chain: the logs tell which.
 */
export type IntentFate = 'open' | 'spent';

export interface IntentTrace {
  read: Read;
  fateOf(answer: unknown): IntentFate;
  /** Of what its settlement leaves behind, with more of the owner's among it. */
  logs: LogFilter;
}

/** What one transaction did of an order, in base units. */
export interface IntentTrade {
  sold: bigint;
  bought: bigint;
  /** Of the log that tells. */
  logIndex: number;
}

/** The service has answered that it did not take the order. Nothing else proves that. */
export class IntentRefused extends Error {
  override readonly name = 'IntentRefused';
}

export interface IntentService {
  name: AggregatorName;
  /**
   * Commits to nothing.
   *
   * @throws QuoteFailure
   */
  quote(request: IntentRequest, signal: AbortSignal): Promise<Intent>;
  /**
   * May be called again with the same: an order that is there already is taken as it is.
   *
   * @throws IntentRefused it is not there; QuoteFailure it may be: `lookup` tells
   */
  submit(intent: Intent, signature: Hex, signal: AbortSignal): Promise<void>;
  /**
   * Undefined: the service has never seen it, or has not yet.
   *
   * @throws QuoteFailure it cannot be told
   */
  lookup(intent: Intent, signal: AbortSignal): Promise<IntentReport | undefined>;
  /** What the owner signs to take the order back; there where the service can be asked to. A settlement under way may still come. */
  cancellation?(intent: Intent): TypedData;
  /** @throws QuoteFailure */
  cancel?(intent: Intent, signature: Hex, signal: AbortSignal): Promise<void>;
  /** Where the chain tells what became of it. */
  trace(intent: Intent): IntentTrace;
  /** By the logs of one transaction; undefined: they are not of a settlement of this order. */
  tradeOf(intent: Intent, logs: readonly EventLog[]): IntentTrade | undefined;
}
