import type { InstrumentInput } from '../../src/instruments/model.ts';
import { resolveInstrument } from '../../src/instruments/service.ts';
import { MarketSnapshotInputSchema } from '../../src/market/model.ts';
import type { MarketView } from '../../src/market/service.ts';
import { buildMarketView } from '../../src/market/view.ts';
import type { BookRow } from '../../src/portfolios/model.ts';
import { positionRecord } from '../../src/portfolios/positions.ts';
import { priceEuropeans } from '../../src/quant/kernel/european.ts';
import { GRID_COLUMNS, writeScenarioGrid } from '../../src/quant/kernel/scenarioGrid.ts';
import { OUTPUT_COLUMNS } from '../../src/quant/pricing/black.ts';
import { Aggregate } from '../../src/risk/aggregate.ts';
import {
  RESULT_COLUMNS,
  type DeltaConvention,
  type ResultColumn,
  type Shard,
  type Valuation,
} from '../../src/risk/model.ts';
import { answer } from '../../src/pricing/answer.ts';
import type { PricingPool } from '../../src/pricing/service.ts';
import { valueShard } from '../../src/risk/valuation.ts';

// Books and markets as the core sees them, without a database.

export const DAY_MS = 86_400_000;
export const YEAR_MS = 365 * DAY_MS;

/** Prices on the caller's own thread. */
export function inlinePricingPool(): PricingPool {
  return {
    async price(input, count) {
      const output = new Float64Array(count * OUTPUT_COLUMNS.length);
      priceEuropeans(input, output, count);
      return output;
    },
    async grid(input, weights, scenarios) {
      const count = scenarios.spotMoves.length;
      const output = new Float64Array(count * GRID_COLUMNS.length);
      writeScenarioGrid({ input, weights, count: weights.length }, scenarios, output, 0, count);
      return output;
    },
    answer: async (question) => answer(question),
    close: async () => undefined,
  };
}

/** A snapshot as the schema lets it through, ready to price with. */
export function marketView(asOf: string, underlyings: object[]): MarketView {
  return buildMarketView('snapshot', MarketSnapshotInputSchema.parse({ asOf, source: 'test', underlyings }));
}

let drawn = 0;

/** A position as the pricers read it. */
export function row(
  instrument: InstrumentInput,
  quantity: number,
  { multiplier, id }: { multiplier?: number; id?: string } = {},
): BookRow {
  const resolved = resolveInstrument(instrument);
  if (!resolved.ok) throw new Error(resolved.detail);
  const size = { quantity: String(quantity), ...(multiplier === undefined ? {} : { multiplier: String(multiplier) }) };
  const record = positionRecord(id ?? `p${++drawn}`, resolved.instrument, size);
  return {
    positionId: record.position_id,
    symbol: record.symbol,
    kind: resolved.instrument.terms.kind,
    underlying: record.underlying,
    quote: record.quote,
    settlement: record.settlement === 'inverse' ? 'inverse' : 'linear',
    optionType: record.option_type === null ? null : record.option_type === 'call' ? 'call' : 'put',
    strike: record.strike === null ? null : Number(record.strike),
    expiryMs: record.expiry === null ? null : Date.parse(record.expiry),
    pool: record.pool,
    quantity,
    multiplier: Number(record.multiplier),
  };
}

export async function shardOf(
  market: MarketView,
  book: BookRow[],
  convention: DeltaConvention = 'black_scholes',
): Promise<Shard> {
  return valueShard(inlinePricingPool(), market, book, convention, 0);
}

/** The results of one position; throws where there is a failure. */
export async function resultOf(
  market: MarketView,
  position: BookRow,
  convention?: DeltaConvention,
): Promise<Record<ResultColumn, number>> {
  const shard = await shardOf(market, [position], convention);
  if (shard.failures[0]) throw new Error(shard.failures[0].code);
  return Object.fromEntries(RESULT_COLUMNS.map((name, c) => [name, shard.columns[c]!])) as Record<ResultColumn, number>;
}

/** The whole book, shard by shard. */
export async function valueBook(
  market: MarketView,
  book: BookRow[],
  { convention = 'black_scholes', shard = 4_000 }: { convention?: DeltaConvention; shard?: number } = {},
): Promise<Valuation> {
  const aggregate = new Aggregate();
  for (let from = 0, ordinal = 0; from < book.length; from += shard, ordinal++) {
    const rows = book.slice(from, from + shard);
    aggregate.add(await valueShard(inlinePricingPool(), market, rows, convention, ordinal), rows);
  }
  return aggregate.valuation(market, convention);
}

/** Central difference with one Richardson step: error O(h⁴). */
export async function derivative(f: (shift: number) => Promise<number>, h: number): Promise<number> {
  const central = async (step: number) => ((await f(step)) - (await f(-step))) / (2 * step);
  return (4 * (await central(h / 2)) - (await central(h))) / 3;
}
