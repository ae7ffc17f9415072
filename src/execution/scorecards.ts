import { decimalText, exact } from '../platform/decimal.ts';
import type { CostScore, VenueScorecard } from './scorecardModel.ts';

/** What a line of the scorecards is about. */
interface ScoreKey {
  venue: VenueScorecard['venue'];
  quote: string;
  currency: string;
}

type Counts = Pick<
  VenueScorecard,
  'orders' | 'filled' | 'partiallyFilled' | 'unfilled' | 'rejected' | 'denied' | 'open'
>;

/** Sums over orders. */
export interface OrderSums extends ScoreKey, Counts {
  /** Of the orders that were sent, at their reference prices. */
  sentNotional: string;
  tradedNotional: string;
  /** How many were sent and settled, and how many seconds that took; null without any. */
  settled: number;
  median: number | null;
  p90: number | null;
}

/** Sums over legs that traded; amounts in `currency`. */
export interface CostSums extends ScoreKey {
  legs: number;
  filledNotional: string;
  spread: string;
  impact: string;
  fee: string;
  meanBps: number;
  /** Over the legs that the plan estimated: their notional, shortfall and estimate. */
  estimatedNotional: string;
  estimatedTotal: string;
  expected: string;
}

const BPS = 10_000;

/** One line for each venue and currency that has orders, in the order given. Pure. */
export function scorecardsOf(orders: readonly OrderSums[], costs: readonly CostSums[]): VenueScorecard[] {
  return orders.map(({ sentNotional, tradedNotional, settled, median, p90, ...counts }) => {
    const cost = costs.find((each) => isSameLine(each, counts));
    return {
      ...counts,
      sentNotional: decimalText(sentNotional),
      fillRatio: exact(sentNotional).isZero() ? null : exact(tradedNotional).div(sentNotional).toNumber(),
      cost: cost ? costScore(cost) : null,
      secondsToSettle: median === null || p90 === null ? null : { orders: settled, median, p90 },
    };
  });
}

function isSameLine(a: ScoreKey, b: ScoreKey): boolean {
  return a.venue === b.venue && a.quote === b.quote && a.currency === b.currency;
}

function costScore(sums: CostSums): CostScore {
  const { legs, filledNotional, spread, impact, fee, meanBps } = sums;
  const { estimatedNotional, estimatedTotal, expected } = sums;
  const ofAll = (amount: string) => bpsOf(amount, filledNotional);
  const ofEstimated = (amount: string) => (exact(estimatedNotional).isZero() ? null : bpsOf(amount, estimatedNotional));
  return {
    ...{ legs, filledNotional: decimalText(filledNotional), meanBps },
    weightedBps: ofAll(exact(spread).plus(impact).plus(fee).toFixed()),
    ...{ spreadBps: ofAll(spread), impactBps: ofAll(impact), feeBps: ofAll(fee) },
    expectedBps: ofEstimated(expected),
    beyondExpectedBps: ofEstimated(exact(estimatedTotal).minus(expected).toFixed()),
  };
}

/** @param notional > 0 */
function bpsOf(amount: string, notional: string): number {
  return exact(amount).div(notional).mul(BPS).toNumber();
}
