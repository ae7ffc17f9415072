import type { Market, MarketView } from '../../src/market/service.ts';
import type { BookRow } from '../../src/portfolios/model.ts';
import type { PricingPool } from '../../src/pricing/service.ts';
import { Aggregate } from '../../src/risk/aggregate.ts';
import type { DeltaConvention } from '../../src/risk/model.ts';
import { ScenariosInputSchema } from '../../src/risk/scenarioModel.ts';
import type { Scenarios } from '../../src/risk/scenarioResult.ts';
import { prepareScenarios } from '../../src/risk/scenarios.ts';
import { valueShard } from '../../src/risk/valuation.ts';
import { inlinePricingPool } from './books.ts';

/** A market that knows these views by their ids, and nothing else. */
function marketOf(views: Record<string, MarketView>): Market {
  const refuse = () => Promise.reject(new Error('not asked for'));
  return {
    create: refuse,
    get: refuse,
    list: refuse,
    latestId: refuse,
    latestIdIn: refuse,
    latestAt: refuse,
    marks: refuse,
    surface: refuse,
    view: async (_tenantId, id) => views[id] ?? refuse(),
  };
}

interface Setting {
  convention?: DeltaConvention;
  /** Positions at a time. */
  shard?: number;
  /** Other snapshots, by id. */
  others?: Record<string, MarketView>;
  pool?: PricingPool;
}

/** What a book answers to scenarios as they are asked for over HTTP. */
export async function scenariosOf(
  market: MarketView,
  book: BookRow[],
  asked: object,
  { convention = 'black_scholes', shard = 4_000, others = {}, pool = inlinePricingPool() }: Setting = {},
): Promise<Scenarios> {
  const input = ScenariosInputSchema.parse(asked);
  const run = await prepareScenarios({ market: marketOf(others), pool }, 'tenant', market, convention, input);
  const aggregate = new Aggregate();
  for (let from = 0, ordinal = 0; from < book.length; from += shard, ordinal++) {
    const rows = book.slice(from, from + shard);
    const valued = await valueShard(pool, market, rows, convention, ordinal);
    aggregate.add(valued, rows);
    await run.add(valued, rows);
  }
  return run.report(aggregate.valuation(market, convention));
}
