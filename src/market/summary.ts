import { decimalText } from '../platform/decimal.ts';
import type { MarketSnapshotInput, MarketSnapshotSummary, UnderlyingMarket } from './model.ts';
import { stalenessOf } from './staleness.ts';

/** What a snapshot covers, and how old its observations were. */
export function summarise(input: MarketSnapshotInput): MarketSnapshotSummary['underlyings'] {
  const asOfMs = Date.parse(input.asOf);
  return input.underlyings.map((market) => ({
    underlying: market.underlying,
    quote: market.quote,
    spot: decimalText(market.spot.mark),
    expiries: new Set(expiriesOf(market)).size,
    staleness: stalenessOf(market, asOfMs),
  }));
}

function expiriesOf({ forwards = [], volatility }: UnderlyingMarket): string[] {
  const dated =
    volatility?.type === 'svi' ? volatility.slices : volatility?.type === 'flat' ? [] : (volatility?.quotes ?? []);
  return [...forwards, ...dated].map(({ expiry }) => expiry);
}
