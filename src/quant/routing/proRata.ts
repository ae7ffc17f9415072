/**
 * What each of the open quantities has of `total`: its share in proportion, to within one unit, and never more than is open. What rounding
 * leaves goes one unit each to the largest remainders (Hamilton), and among equals to the first.
 *
 * @param total in whole units, 0 … the sum of `open`
 * @param open in whole units, >= 0
 * @returns whole units that add up to `total`
 * @throws RangeError where more is to be shared out than is open
 */
export function proRata(total: bigint, open: readonly bigint[]): bigint[] {
  const sum = sumOf(open);
  if (total < 0n || total > sum) throw new RangeError('No more can be shared out than is open');
  if (total === 0n) return open.map(() => 0n);
  const shares = open.map((quantity) => (total * quantity) / sum);
  const byRemainder = open
    .map((quantity, index) => ({ index, remainder: (total * quantity) % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of byRemainder.slice(0, Number(total - sumOf(shares)))) shares[index]! += 1n;
  return shares;
}

/** Both sides of a crossing: the smaller one is done whole, the larger one pro rata. In whole units. */
export function crossedOf(
  buys: readonly bigint[],
  sells: readonly bigint[],
): { total: bigint; buys: bigint[]; sells: bigint[] } {
  const [bought, sold] = [sumOf(buys), sumOf(sells)];
  const total = bought < sold ? bought : sold;
  return { total, buys: proRata(total, buys), sells: proRata(total, sells) };
}

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}
