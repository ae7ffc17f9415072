import {
  BaseError,
  createPublicClient,
  decodeErrorResult,
  http,
  HttpRequestError,
  isHex,
  keccak256,
  RpcRequestError,
  TimeoutError,
  TransactionReceiptNotFoundError,
  TransactionNotFoundError,
  type Abi,
  type AbiEvent,
  type Address,
  type Hex,
  type TransactionReceipt,
} from 'viem';
import { ERC20 } from './abis.ts';

// The node of a chain, as much of it as trading needs. It answers, refuses, or leaves us in the dark; nothing is retried here.

/**
 * `refused`: the node answered that it will not, so nothing was done by this call. `unknown`: no answer, or none that can be read;
 * whatever was asked for may have happened.
 */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly fault: 'refused' | 'unknown';
  /** The JSON-RPC code of a refusal. */
  readonly code: number | undefined;
  /** What a reverted call threw, undecoded. */
  readonly data: Hex | undefined;

  constructor(
    message: string,
    fault: 'refused' | 'unknown',
    rest: { code?: number; data?: Hex; cause?: unknown } = {},
  ) {
    super(message, { cause: rest.cause });
    this.fault = fault;
    this.code = rest.code;
    this.data = rest.data;
  }
}

export const METHOD_NOT_FOUND = -32601;
const INTERNAL_ERROR = -32603;

export interface Call {
  to: Address;
  data: Hex;
  value: bigint;
}

export interface Head {
  number: bigint;
  hash: Hex;
  timestamp: bigint;
  /** Of the block itself, wei. */
  baseFee: bigint;
}

export interface Read {
  address: Address;
  abi: Abi;
  functionName: string;
  args?: readonly unknown[];
}

/** What became of sending signed bytes: the node has them, says why not, or did not say. */
export type Sent =
  | { outcome: 'taken' }
  | { outcome: 'nonce_used' | 'underpriced' | 'refused'; detail: string }
  | { outcome: 'unknown'; detail: string };

export interface EventLog {
  address: Address;
  topics: Hex[];
  data: Hex;
  logIndex: number;
}

/** Of one contract, by the event and the indexed arguments that are given. */
export interface LogFilter {
  address: Address;
  event: AbiEvent;
  args: Record<string, unknown>;
}

export interface Simulated {
  ok: boolean;
  /** Why not, in words. */
  reason: string | null;
  gasUsed: bigint;
  /** ABI-encoded answer. */
  data: Hex;
  /** What it would leave behind; null where the node cannot tell. */
  logs: EventLog[] | null;
}

export type Chain = ReturnType<typeof openChain>;

/** Calldata of one multicall: nodes bound the size of a creation code (EIP-3860). */
const BATCH_BYTES = 24_000;

export function openChain({ rpcUrl, timeoutMs = 10_000 }: { rpcUrl: string; timeoutMs?: number }) {
  const client = createPublicClient({ transport: http(rpcUrl, { retryCount: 0, timeout: timeoutMs }), cacheTime: 0 });

  return {
    chainId: (): Promise<number> => ask('eth_chainId', () => client.getChainId()),

    head: (): Promise<Head> =>
      ask('eth_getBlockByNumber', async () => {
        const block = await client.getBlock({ blockTag: 'latest' });
        return {
          ...{ number: block.number, hash: block.hash, timestamp: block.timestamp },
          baseFee: block.baseFeePerGas ?? 0n,
        };
      }),

    /** The hash of the block at a height, undefined above the head. */
    blockHash: (number: bigint): Promise<Hex | undefined> =>
      ask('eth_getBlockByNumber', async () => {
        const block = await client.request({
          method: 'eth_getBlockByNumber',
          params: [`0x${number.toString(16)}`, false],
        });
        return block?.hash ?? undefined;
      }),

    /** When the block at a height was made, seconds since 1970. */
    blockTime: (number: bigint): Promise<bigint> =>
      ask('eth_getBlockByNumber', async () => (await client.getBlock({ blockNumber: number })).timestamp),

    /** The block at a height, with what its transactions are known by. */
    block: (
      number: bigint,
    ): Promise<{ hash: Hex; parentHash: Hex; transactions: { hash: Hex; from: Address; nonce: number }[] }> =>
      ask('eth_getBlockByNumber', () => client.getBlock({ blockNumber: number, includeTransactions: true })),

    /** The next nonce of the address as that very block left it (EIP-1898). */
    nonceAfter: (address: Address, blockHash: Hex): Promise<number> =>
      ask('eth_getTransactionCount', async () => {
        const count = await client.request({ method: 'eth_getTransactionCount', params: [address, { blockHash }] });
        return Number(count);
      }),

    /** Answers of view functions, all of one block; undefined where a call failed. No contract of ours is needed on the chain. */
    read: (reads: readonly Read[], blockNumber?: bigint): Promise<unknown[]> =>
      ask('eth_call', async () => {
        if (reads.length === 0) return [];
        const answers = await client.multicall({
          contracts: reads as never,
          ...{ allowFailure: true, deployless: true, batchSize: BATCH_BYTES, blockNumber },
        });
        // A call that reverts is an answer; a node that does not answer is none.
        const lost = (answers as { error?: unknown }[]).find(({ error }) => isTransportFailure(error));
        if (lost) throw lost.error;
        return (answers as { status: string; result?: unknown }[]).map(({ result }) => result);
      }),

    nonce: (address: Address, block: 'latest' | 'pending' | bigint): Promise<number> =>
      ask('eth_getTransactionCount', () =>
        client.getTransactionCount(
          typeof block === 'bigint' ? { address, blockNumber: block } : { address, blockTag: block },
        ),
      ),

    balanceOf: (token: Address, owner: Address): Promise<bigint> =>
      ask('eth_call', () =>
        client.readContract({ address: token, abi: ERC20, functionName: 'balanceOf', args: [owner] }),
      ),

    balance: (address: Address): Promise<bigint> => ask('eth_getBalance', () => client.getBalance({ address })),

    receipt: (hash: Hex): Promise<TransactionReceipt | undefined> =>
      ask('eth_getTransactionReceipt', () =>
        client
          .getTransactionReceipt({ hash })
          .catch((error: unknown) => absent(error, TransactionReceiptNotFoundError)),
      ),

    /** Of the transactions from a block to the newest one whose logs pass the filter. */
    hashesOf: ({ address, event, args }: LogFilter, fromBlock: bigint): Promise<Hex[]> =>
      ask('eth_getLogs', async () => {
        const logs = await client.getLogs({ address, event, args, fromBlock, strict: true } as never);
        return [...new Set((logs as { transactionHash: Hex }[]).map(({ transactionHash }) => transactionHash))];
      }),

    /** Whether the node knows the transaction, mined or not. */
    knows: (hash: Hex): Promise<boolean> =>
      ask('eth_getTransactionByHash', async () => {
        const found = await client
          .getTransaction({ hash })
          .catch((error: unknown) => absent(error, TransactionNotFoundError));
        return found !== undefined;
      }),

    fees: (blocks: number) =>
      ask('eth_feeHistory', async () => {
        const history = await client.getFeeHistory({ blockCount: blocks, rewardPercentiles: [50] });
        return { baseFees: history.baseFeePerGas, tips: (history.reward ?? []).map(([median]) => median ?? 0n) };
      }),

    /** Never throws: what the node says of the bytes is the answer, and no answer is one. */
    async broadcast(raw: Hex): Promise<Sent> {
      try {
        await client.sendRawTransaction({ serializedTransaction: raw });
        return { outcome: 'taken' };
      } catch (error) {
        return sentOf(chainError('eth_sendRawTransaction', error));
      }
    },

    /** The calls one after another on top of the newest block, as their sender would make them. Needs eth_simulateV1 for more than one. */
    simulate: (from: Address, calls: readonly Call[]): Promise<Simulated[]> =>
      ask('eth_simulateV1', async () => {
        try {
          return await simulateAll(from, calls);
        } catch (error) {
          const known = chainError('eth_simulateV1', error);
          if (known.code !== METHOD_NOT_FOUND || calls.length !== 1) throw error;
          return [await simulateOne(from, calls[0]!)];
        }
      }),
  };

  async function simulateAll(from: Address, calls: readonly Call[]): Promise<Simulated[]> {
    const [block] = await client.simulateBlocks({
      blocks: [{ calls: calls.map((call) => ({ ...call, account: from })) }],
    });
    return block!.calls.map((call) => ({
      ok: call.status === 'success',
      reason: call.status === 'success' ? null : revertReason(call.data),
      ...{ gasUsed: call.gasUsed, data: call.data },
      logs: (call.logs ?? []).map(({ address, topics, data }, logIndex) => ({ address, topics, data, logIndex })),
    }));
  }

  async function simulateOne(from: Address, call: Call): Promise<Simulated> {
    try {
      const { data } = await client.call({ account: from, ...call });
      const gasUsed = await client.estimateGas({ account: from, ...call });
      return { ok: true, reason: null, gasUsed, data: data ?? '0x', logs: null };
    } catch (error) {
      const known = chainError('eth_call', error);
      if (known.fault === 'unknown') throw error;
      return { ok: false, reason: known.message, gasUsed: 0n, data: known.data ?? '0x', logs: null };
    }
  }
}

/** The hash that names signed bytes on the chain. */
export function transactionHash(raw: Hex): Hex {
  return keccak256(raw);
}

async function ask<T>(method: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw chainError(method, error);
  }
}

function absent(error: unknown, kind: new (...args: never[]) => Error): undefined {
  if (error instanceof kind) return undefined;
  throw error;
}

/** Messages of the library name the URL, which may hold a key: only what the node said is passed on. */
function chainError(method: string, error: unknown): ChainError {
  if (error instanceof ChainError) return error;
  const refusal = error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : undefined;
  if (!(refusal instanceof RpcRequestError)) {
    const name = error instanceof Error ? error.name : 'Error';
    return new ChainError(`${method}: no answer that can be read (${name})`, 'unknown');
  }
  if ((refusal.status ?? 0) >= 500 || refusal.code === INTERNAL_ERROR)
    return new ChainError(`${method}: the node failed: ${refusal.details}`, 'unknown', { code: refusal.code });
  const data = isHex(refusal.data) ? refusal.data : undefined;
  const detail = data && data !== '0x' ? revertReason(data, refusal.details) : refusal.details;
  return new ChainError(`${method}: ${detail}`, 'refused', { code: refusal.code, data });
}

function isTransportFailure(error: unknown): boolean {
  const isTransport = (cause: unknown) =>
    cause instanceof HttpRequestError || cause instanceof TimeoutError || cause instanceof RpcRequestError;
  return error instanceof BaseError && error.walk(isTransport) !== null;
}

const ERROR_STRING = [{ type: 'error', name: 'Error', inputs: [{ name: 'reason', type: 'string' }] }] as const;

/** The text of `require`, else the selector of the custom error. */
function revertReason(data: Hex, otherwise = 'reverted without a reason'): string {
  if (data === '0x') return otherwise;
  try {
    return decodeErrorResult({ abi: ERROR_STRING, data }).args[0];
  } catch {
    return `custom error ${data.slice(0, 10)}`;
  }
}

// Nodes have no codes for these, only words: geth, erigon, nethermind and anvil, in lower case.
const TAKEN = ['already known', 'already imported', 'known transaction', 'alreadyknown'];
const NONCE_USED = ['nonce too low', 'nonce is too low', 'oldnonce', 'nonce has already been used'];
const UNDERPRICED = [
  'underpriced',
  'feetoolow',
  'max fee per gas less than block base fee',
  'fee cap less than block base fee',
  'gas price too low',
];
/** Whoever sends the same bytes again is told the same. */
const REFUSED = [
  'insufficient funds',
  'intrinsic gas too low',
  'exceeds block gas limit',
  'gas limit too high',
  'max priority fee per gas higher than max fee per gas',
  'invalid sender',
  'invalid chain id',
  'invalid signature',
  'invalid transaction',
  'failed to decode',
];

function sentOf({ fault, message }: ChainError): Sent {
  return fault === 'unknown' ? { outcome: 'unknown', detail: message } : sentAs(message);
}

/** What a refusal in words comes to. What is not known to be one for good is in doubt: sending the same bytes again does no harm. */
export function sentAs(detail: string): Sent {
  const says = (words: string[]) => words.some((word) => detail.toLowerCase().includes(word));
  if (says(TAKEN)) return { outcome: 'taken' };
  if (says(NONCE_USED)) return { outcome: 'nonce_used', detail };
  if (says(UNDERPRICED)) return { outcome: 'underpriced', detail };
  return { outcome: says(REFUSED) ? 'refused' : 'unknown', detail };
}
