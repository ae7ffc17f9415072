const FEE_DENOMINATOR = 1_000_000n;

/**
 * What a constant-product pool pays out, rounded down as the contract does: y·γd/(x + γd), γ = 1 − fee (Uniswap v2 core,
 * getAmountOut).
 *
 * @param amountIn d >= 0; @param reserveIn x > 0; @param reserveOut y > 0, all in base units
 * @param feePips parts per million of what is paid in: 3000 at Uniswap v2
 */
export function amountOut(amountIn: bigint, reserveIn: bigint, reserveOut: bigint, feePips: number): bigint {
  const net = amountIn * (FEE_DENOMINATOR - BigInt(feePips));
  return (net * reserveOut) / (reserveIn * FEE_DENOMINATOR + net);
}

/**
 * What has to be paid in to get `wanted` out, rounded up as the contract does.
 *
 * @throws RangeError the pool does not hold so much
 */
export function amountIn(wanted: bigint, reserveIn: bigint, reserveOut: bigint, feePips: number): bigint {
  if (wanted >= reserveOut) throw new RangeError('the pool does not hold so much');
  const denominator = (reserveOut - wanted) * (FEE_DENOMINATOR - BigInt(feePips));
  return (reserveIn * wanted * FEE_DENOMINATOR) / denominator + 1n;
}
