import type { Booked } from './booked.ts';
import type { Chain } from './rpc.ts';
import { feesOf, type AttemptRow, type ChainOrderRow, type StoredReceipt } from './store.ts';
import { isSpentByAnother } from './spentNonce.ts';
import type { Sight, Standing } from './transactionState.ts';

/** What the chain says of a nonce, with the receipt that it is said from. */
export interface Seen {
  sight: Sight;
  receipt: StoredReceipt | null;
}

/** Looks at the chain for everything that was signed for a nonce. */
export async function lookAt(chain: Chain, confirmations: number, row: Booked): Promise<Seen> {
  const head = await chain.head();
  const depth = head.number - BigInt(confirmations);
  const settled = depth > 0n ? depth : 0n;
  const last = row.attempts.at(-1);
  const [nonce, settledNonce, isKnown, receipts] = await Promise.all([
    chain.nonce(row.address, 'latest'),
    chain.nonce(row.address, settled),
    last ? chain.knows(last.hash) : false,
    Promise.all(row.attempts.map(async (attempt) => ({ attempt, receipt: await chain.receipt(attempt.hash) }))),
  ]);
  const found = receipts.find(({ receipt }) => receipt !== undefined);
  const receipt = found ? await canonical(chain, found.attempt, found.receipt!) : null;
  const seen = receipt && { ...receipt, block: BigInt(receipt.block) };
  const own = Number(row.nonce);
  const hashes = row.attempts.map(({ hash }) => hash);
  const isTaken = !receipt && settledNonce > own && (await isSpentByAnother(chain, row.address, own, hashes, settled));
  return { sight: { head: head.number, nonce, isSpentByAnother: isTaken, receipt: seen, isKnown }, receipt };
}

/** The receipt if its block is on the chain: a node behind a balancer may still tell of one that is not. */
async function canonical(
  chain: Chain,
  attempt: AttemptRow,
  receipt: NonNullable<Awaited<ReturnType<Chain['receipt']>>>,
): Promise<StoredReceipt | null> {
  const block = receipt.blockNumber;
  const [hash, time] = await Promise.all([chain.blockHash(block), chain.blockTime(block)]);
  if (hash !== receipt.blockHash) return null;
  return {
    ...{ hash: attempt.hash, kind: attempt.kind, block: block.toString(), blockHash: receipt.blockHash },
    at: new Date(Number(time) * 1_000).toISOString(),
    success: receipt.status === 'success',
    gasUsed: receipt.gasUsed.toString(),
    gasPrice: receipt.effectiveGasPrice.toString(),
    logs: receipt.logs.map(({ address, topics, data, logIndex }) => ({
      address,
      topics: [...topics],
      data,
      logIndex,
    })),
  };
}

/** Of a nonce that was given out a moment ago the chain knows nothing yet. */
export function untouched(row: Booked): Seen {
  const sight = { head: 0n, nonce: Number(row.nonce), isSpentByAnother: false, receipt: null, isKnown: false };
  return { sight, receipt: null };
}

export function standingOf(row: Booked, order: ChainOrderRow): Standing {
  return {
    state: row.state,
    nonce: Number(row.nonce),
    asked: { ...row.asked, fees: feesOf(row.asked.fees) },
    attempts: row.attempts.map(({ sequence, kind, fees, hash, signed_at, sends, refusals, sent_at, outcome }) => ({
      ...{ sequence, kind, fees: feesOf(fees), hash, sends, refusals, outcome },
      ...{ signedAt: new Date(signed_at), sentAt: sent_at === null ? null : new Date(sent_at) },
    })),
    mined: row.receipt && { hash: row.receipt.hash, blockHash: row.receipt.blockHash },
    cancelRequested: order.cancel_requested_at !== null,
    validUntil: new Date(order.valid_until),
    isPrivate: row.mempool !== 'public',
  };
}
