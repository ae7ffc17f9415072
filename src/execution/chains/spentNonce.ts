import type { Address, Hex } from 'viem';
import { same } from './poolReader.ts';
import { ChainError, type Chain } from './rpc.ts';

/**
 * Whether something that is not ours has spent a nonce, which no receipt can tell: nodes behind a balancer may be far behind each other,
 * and one that has not seen a block has no receipt of it either. What counts is the block itself that took the state of the address past the nonce,
 * with nothing of ours among its transactions.
 *
 * @param settled height at which the nonce is known to be spent
 * @returns false also where it cannot be told now: the block has one of ours, or the node no longer has the states that show which it is
 */
export async function isSpentByAnother(
  chain: Chain,
  address: Address,
  nonce: number,
  ours: readonly Hex[],
  settled: bigint,
): Promise<boolean> {
  if (ours.length === 0) return true;
  try {
    const block = await chain.block(await heightOf(chain, address, nonce, settled));
    if (block.transactions.some(({ hash }) => ours.includes(hash))) return false;
    if (block.transactions.some((other) => same(other.from, address) && other.nonce === nonce)) return true;
    // A nonce may go without a transaction of its own (EIP-7702): then the states of this very block and of its parent have to show it.
    const [before, after] = await Promise.all([
      chain.nonceAfter(address, block.parentHash),
      chain.nonceAfter(address, block.hash),
    ]);
    return before <= nonce && after > nonce;
  } catch (error) {
    if (error instanceof ChainError) return false;
    throw error;
  }
}

/** Of the first block after which the nonce is spent: back from `settled` in ever longer steps, as nodes keep few old states, then by halves. */
async function heightOf(chain: Chain, address: Address, nonce: number, settled: bigint): Promise<bigint> {
  const isSpentAt = async (height: bigint) => (await chain.nonce(address, height)) > nonce;
  let spent = settled;
  let unspent = settled - 1n;
  for (let step = 2n; unspent > 0n && (await isSpentAt(unspent)); step *= 2n) {
    spent = unspent;
    unspent = unspent > step ? unspent - step : 0n;
  }
  while (spent - unspent > 1n) {
    const middle = (spent + unspent) / 2n;
    if (await isSpentAt(middle)) spent = middle;
    else unspent = middle;
  }
  return spent;
}
