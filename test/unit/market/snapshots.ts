import { MarketSnapshotInputSchema, type MarketSnapshotInput } from '../../../src/market/model.ts';
import { buildMarketView, type UnderlyingView } from '../../../src/market/view.ts';

/** Snapshots for the tests of this folder. */
export const AS_OF = '2026-03-01T08:00:00.000Z';
export const DAY_MS = 86_400_000;

/** The expiry `days` after AS_OF. */
export function expiry(days: number): string {
  return new Date(Date.parse(AS_OF) + days * DAY_MS).toISOString();
}

/** A snapshot with one underlying, BTC at 100, as the schema lets it through. */
export function snapshot(market: object): MarketSnapshotInput {
  return MarketSnapshotInputSchema.parse({
    asOf: AS_OF,
    source: 'test',
    underlyings: [{ underlying: 'BTC', spot: { mark: 100 }, ...market }],
  });
}

export function view(market: object): UnderlyingView {
  const found = buildMarketView('019a0000-0000-7000-8000-000000000000', snapshot(market)).underlying('BTC', 'USD');
  if (!found) throw new Error('no BTC/USD');
  return found;
}
