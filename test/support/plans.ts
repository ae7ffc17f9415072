import { resolveInstrument } from '../../src/instruments/service.ts';
import type { MarketView } from '../../src/market/service.ts';
import { HedgePlanInputSchema, type PlannedOrder, type PlanResult } from '../../src/hedging/model.ts';
import { makePlan } from '../../src/hedging/plan.ts';
import { GREEKS, type Greeks, type Valuation } from '../../src/risk/model.ts';
import { marketView } from './books.ts';

// Plans without a database: a request as it comes in, a valuation, a market.

export const AS_OF = '2030-11-01T08:00:00.000Z';
export const EXPIRY = '2030-12-27T08:00:00.000Z';

export interface Exposure {
  underlying: string;
  delta: number;
  quote?: string;
  greeks?: Partial<Greeks>;
}

/** A valuation of a book with these deltas. */
export function exposed(market: MarketView, exposures: Exposure[], rest: Partial<Valuation> = {}): Valuation {
  const zero = Object.fromEntries(GREEKS.map((name) => [name, 0])) as Greeks;
  return {
    deltaConvention: 'black_scholes',
    valuationTime: market.asOf.toISOString(),
    valued: exposures.length,
    unvalued: 0,
    failures: [],
    cash: [],
    scenarios: null,
    underlyings: exposures.map(({ underlying, delta, quote = 'USD', greeks = {} }) => {
      const spot = market.underlying(underlying, quote)?.spot.mark ?? 1;
      return {
        ...{ underlying, quote, spot, positionCount: 1, value: 0, ...zero, ...greeks, delta },
        ...{ deltaCash: delta * spot, gammaCash: 0, expiries: [] },
        staleness: { spot: 0, perpetual: null, forwards: null, volatility: null },
      };
    }),
    ...rest,
  };
}

export function bitcoin(market: object = {}): object {
  return {
    underlying: 'BTC',
    spot: { mark: 100_000 },
    perpetual: { mark: 100_000, bid: 99_999.5, ask: 100_000.5, symbol: 'deribit:BTC-PERPETUAL' },
    forwards: [{ expiry: EXPIRY, price: 101_000, bid: 100_990, ask: 101_010 }],
    ...market,
  };
}

export function ether(market: object = {}): object {
  return {
    underlying: 'ETH',
    spot: { mark: 4_000 },
    perpetual: { mark: 4_000, bid: 3_999.95, ask: 4_000.05, symbol: 'deribit:ETH-PERPETUAL' },
    ...market,
  };
}

export const MARKET = marketView(AS_OF, [bitcoin(), ether()]);

/** The plan for a request as a client sends it. */
export function plan(request: object, valuation: Valuation, market: MarketView = MARKET): PlanResult {
  const input = HedgePlanInputSchema.parse(request);
  const tools = input.instruments.map((given) => {
    const resolved = resolveInstrument(given.instrument);
    if (!resolved.ok) throw new Error(resolved.detail);
    return { ...given, instrument: resolved.instrument };
  });
  return makePlan({ ...input, tools }, valuation, market);
}

/** The plan for one bitcoin exposure. */
export function hedge(delta: number, request: object = {}, market: MarketView = MARKET): PlanResult {
  return plan(request, exposed(market, [{ underlying: 'BTC', delta }]), market);
}

/** The one order of a plan; throws where there is not exactly one. */
export function orderOf(result: PlanResult): PlannedOrder {
  const [order, ...more] = result.orders;
  if (!order || more.length > 0) throw new Error(`${result.orders.length} orders: ${result.reasons.join(' ')}`);
  return order;
}
