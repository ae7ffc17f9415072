import type { UnderlyingGreeks } from './model.ts';
import type { VegaBuckets } from './scenarioResult.ts';

const DAY_MS = 86_400_000;

/**
 * The vega of each underlying by the tenor of its expiries. `tenorDays` ascends; bucket i holds what expires later than
 * bound i − 1 and not later than bound i, and one more what expires after the last.
 */
export function bucketVega(
  underlyings: readonly UnderlyingGreeks[],
  valuationTime: string,
  tenorDays: readonly number[],
): VegaBuckets[] {
  const now = Date.parse(valuationTime);
  const bounds = [...tenorDays, Infinity];
  return underlyings.map(({ underlying, quote, expiries }) => {
    const buckets = bounds.map((to, i) => ({
      aboveDays: tenorDays[i - 1] ?? 0,
      toDays: to === Infinity ? null : to,
      vega: 0,
    }));
    for (const { expiry, vega } of expiries) {
      const days = expiry === null ? 0 : (Date.parse(expiry) - now) / DAY_MS;
      buckets[bounds.findIndex((to) => days <= to)]!.vega += vega;
    }
    return { underlying, quote, buckets };
  });
}
