import type { Fees } from './transactionState.ts';

// Fees of EIP-1559, in wei.

const GWEI = 1_000_000_000;
/** Blocks whose tips are looked at. */
export const FEE_BLOCKS = 5;
/** Relays and most builders leave out what pays no tip. */
const LEAST_TIP = 1_000_000n;

export interface FeeHistory {
  /** Oldest first; the last one is that of the block to come. */
  baseFees: readonly bigint[];
  /** The median tip of each block. */
  tips: readonly bigint[];
}

export function weiOfGwei(gwei: number): bigint {
  return BigInt(Math.round(gwei * GWEI));
}

/**
 * The median of the recent median tips, and twice the base fee of the next block beside it, which six full blocks in a row
 * do not outrun (EIP-1559: at most +12.5 % a block).
 *
 * @returns undefined where the next block costs more than the cap
 */
export function suggestedFees({ baseFees, tips }: FeeHistory, cap: bigint): Fees | undefined {
  const base = baseFees.at(-1) ?? 0n;
  const median = [...tips].sort((a, b) => (a < b ? -1 : 1))[tips.length >> 1] ?? 0n;
  const tip = median > LEAST_TIP ? median : LEAST_TIP;
  if (base + LEAST_TIP > cap) return undefined;
  const max = 2n * base + tip < cap ? 2n * base + tip : cap;
  return { maxFeePerGas: max, maxPriorityFeePerGas: tip < max ? tip : max };
}

/**
 * What a node takes for the same nonce: an eighth more of both (geth asks for 10 %, others for 12.5 %), or what is suggested now
 * where that is more.
 *
 * @returns undefined where that is above the cap
 */
export function bumpedFees(last: Fees, suggested: Fees | undefined, cap: bigint): Fees | undefined {
  const eighthMore = (fee: bigint) => fee + fee / 8n + 1n;
  const larger = (a: bigint, b: bigint) => (a > b ? a : b);
  const least = eighthMore(last.maxFeePerGas);
  if (least > cap) return undefined;
  const tip = larger(eighthMore(last.maxPriorityFeePerGas), suggested?.maxPriorityFeePerGas ?? 0n);
  const max = larger(larger(least, suggested?.maxFeePerGas ?? 0n), tip);
  const capped = max < cap ? max : cap;
  return tip > capped ? undefined : { maxFeePerGas: capped, maxPriorityFeePerGas: tip };
}
