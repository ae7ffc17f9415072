// What a Fusion order pays when: the arithmetic of SimpleSettlement (npm @1inch/limit-order-settlement 3.1.0), to the unit.

export interface Auction {
  /** Seconds since 1970. */
  startsAt: number;
  seconds: number;
  /** Above the least that is received, in 10⁻⁷ of it, until it starts. */
  initialRateBump: number;
  /** Between them, and from the last of them to 0 at the end, it falls in straight lines. `delay`: seconds from the one before. */
  points: readonly { coefficient: number; delay: number }[];
  /** What the gas of a resolver takes off, in 10⁻⁷ of the least, at `gasPriceEstimate` of 10⁻³ gwei. */
  gasBumpEstimate: number;
  gasPriceEstimate: number;
}

export interface FusionFees {
  receiver: `0x${string}`;
  /** Paid by resolvers on top, in 10⁻⁴, and what whom the order lists is let off, in per cent. */
  bps: number;
  whitelistDiscountPercent: number;
  /** Base units; of what comes in above it the protocol keeps so many per cent. */
  estimatedAmount: bigint;
  surplusPercent: number;
}

const RATE_BASE = 10_000_000n;
const GAS_PRICE_BASE = 1_000_000n;
export const FEE_BASE = 100_000n;
export const FEE_OF_BPS = 10n;

/** In 10⁻⁷ of the least. @param at seconds since 1970 @param baseFee wei */
function rateBumpAt(auction: Auction, at: number, baseFee: bigint): bigint {
  const { gasBumpEstimate, gasPriceEstimate } = auction;
  const isCounted = gasBumpEstimate > 0 && gasPriceEstimate > 0;
  const gas = isCounted ? (BigInt(gasBumpEstimate) * baseFee) / BigInt(gasPriceEstimate) / GAS_PRICE_BASE : 0n;
  const bump = auctionBumpAt(auction, at);
  return bump > gas ? bump - gas : 0n;
}

function auctionBumpAt({ startsAt, seconds, initialRateBump, points }: Auction, at: number): bigint {
  const endsAt = startsAt + seconds;
  if (at <= startsAt) return BigInt(initialRateBump);
  if (at >= endsAt) return 0n;
  let [time, bump] = [startsAt, initialRateBump];
  for (const { coefficient, delay } of points) {
    const next = time + delay;
    if (at <= next) return (BigInt(at - time) * BigInt(coefficient) + BigInt(next - at) * BigInt(bump)) / BigInt(delay);
    [time, bump] = [next, coefficient];
  }
  return (BigInt(endsAt - at) * BigInt(bump)) / BigInt(endsAt - time);
}

/**
 * What the owner is paid by a resolver whom the order lists, fees taken off: never less than `least`.
 *
 * @param least base units, what is signed as the taking amount; `fees.estimatedAmount` is no less
 * @param at seconds since 1970 @param baseFee wei, both of the block
 */
export function receivedAt(least: bigint, auction: Auction, fees: FusionFees, at: number, baseFee: bigint): bigint {
  const fee = (BigInt(fees.bps) * FEE_OF_BPS * BigInt(100 - fees.whitelistDiscountPercent)) / 100n;
  const withFee = ceilDiv(least * (FEE_BASE + fee), FEE_BASE);
  const paid = ceilDiv(withFee * (RATE_BASE + rateBumpAt(auction, at, baseFee)), RATE_BASE);
  const received = paid - (paid * fee) / (FEE_BASE + fee);
  const surplus = received > fees.estimatedAmount ? received - fees.estimatedAmount : 0n;
  return received - (surplus * BigInt(fees.surplusPercent)) / 100n;
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
