import { describe, expect, it } from 'vitest';
import type { Holding } from '../../../src/hedging/book.ts';
import { CostModelSchema } from '../../../src/hedging/costModel.ts';
import { HedgeInstrumentSchema } from '../../../src/hedging/model.ts';
import { OptimiseSchema } from '../../../src/hedging/optimiseModel.ts';
import { universeOf, type Universe } from '../../../src/hedging/universe.ts';
import { resolveInstrument } from '../../../src/instruments/service.ts';
import { valueShard } from '../../../src/risk/valuation.ts';
import { inlinePricingPool, marketView, row } from '../../support/books.ts';
import { AS_OF, bitcoin } from '../../support/plans.ts';

const NEAR = '2030-11-29T08:00:00.000Z';
const FAR = '2030-12-27T08:00:00.000Z';
const quoted = (expiry: string, strike: number, halfSpread: number, rest: object = {}) => ({
  ...{ expiry, strike, iv: 0.6, bidIv: 0.6 - halfSpread, askIv: 0.6 + halfSpread, bidSize: 80, askSize: 100 },
  ...rest,
});
/** At 28 and 56 days; the spread grows with the distance from the money. */
const QUOTES = [NEAR, FAR].flatMap((expiry) => [
  quoted(expiry, 80_000, 0.02),
  quoted(expiry, 100_000, 0.005, { openInterest: 50 }),
  quoted(expiry, 120_000, 0.02, { bidSize: 2 }),
]);
const market = marketView(AS_OF, [
  bitcoin({
    forwards: [NEAR, FAR].map((expiry) => ({ expiry, price: 100_000 })),
    volatility: { type: 'quotes', quotes: QUOTES },
  }),
]);
const pool = inlinePricingPool();

interface Given {
  tools?: object[];
  optimise?: object;
  held?: Record<string, number>;
}

function universe({ tools = [], optimise = {}, held = {} }: Given): Promise<Universe> {
  const holdings = new Map<string, Holding>(
    Object.entries(held).map(([symbol, size]) => [symbol, { row: row(symbol, size), size }]),
  );
  return universeOf(
    { valueRows: (rows, view, convention) => valueShard(pool, view, rows, convention, 0) },
    {
      ...{ market, holdings, convention: 'black_scholes', underlyings: [{ underlying: 'BTC', quote: 'USD' }] },
      tools: tools.map((given) => {
        const parsed = HedgeInstrumentSchema.parse(given);
        const resolved = resolveInstrument(parsed.instrument);
        if (!resolved.ok) throw new Error(resolved.detail);
        return { ...parsed, instrument: resolved.instrument };
      }),
      costs: CostModelSchema.parse({}),
      optimise: OptimiseSchema.parse(optimise),
      collarBps: 50,
    },
  );
}

const CALL = 'deribit:BTC-29NOV30-100000-C';
const named = (rest: object = {}) => ({ instrument: CALL, ...rest });
const options = (filter: object) => ({ options: [{ underlying: 'BTC', ...filter }] });

/** Of the one instrument that is named. */
async function limits(given: Given): Promise<[buy: number, sell: number]> {
  const { tradables } = await universe({ tools: [named()], ...given });
  const found = tradables.find(({ tool }) => tool.instrument.symbol === CALL)!;
  return [found.maxBuy, found.maxSell];
}

async function names(optimise: object, held: Record<string, number> = {}): Promise<string[]> {
  const { tradables } = await universe({ optimise, held });
  return tradables.map(({ tool }) => tool.instrument.symbol.split(':').at(-1)!);
}

describe('an order takes at most', () => {
  it.each<[string, Given, [number, number]]>([
    ['what is shown at ask and bid', {}, [100, 80]],
    ['a share of that', { optimise: { participation: 0.25 } }, [25, 20]],
    ['the largest quantity', { tools: [named({ maxQuantity: '7' })] }, [7, 7]],
    ['the largest notional, of the underlying', { tools: [named({ maxNotional: 3e5 })] }, [3, 3]],
    ['what leads to the largest position', { tools: [named({ maxPosition: '5' })], held: { [CALL]: 3 } }, [2, 8]],
    ['what leads to the largest short one', { tools: [named({ maxPosition: '5' })], held: { [CALL]: -4 } }, [9, 1]],
    ['nothing more where more is held already', { tools: [named({ maxPosition: '5' })], held: { [CALL]: 9 } }, [0, 14]],
    ['what is held, where nothing is sold short', { optimise: { noShort: true }, held: { [CALL]: 3 } }, [100, 3]],
    ['nothing sold of what is short already', { tools: [named({ noShort: true })], held: { [CALL]: -3 } }, [100, 0]],
  ])('%s', async (_what, given, most) => {
    expect(await limits(given)).toEqual(most);
  });
});

describe('what is held', () => {
  it('may be reduced and closed, and no more, where nothing else asks for it', async () => {
    const short = await universe({ held: { [CALL]: -4 } });
    expect(short.tradables.map(({ tool, maxBuy, maxSell }) => [tool.instrument.symbol, maxBuy, maxSell])).toEqual([
      ['deribit:BTC-PERPETUAL', Infinity, Infinity],
      [expect.stringContaining('BTC'), 4, 0],
    ]);
    const long = await universe({ held: { [CALL]: 4 }, optimise: { noShort: true } });
    expect(long.tradables.slice(1).map(({ maxBuy, maxSell }) => [maxBuy, maxSell])).toEqual([[0, 4]]);
  });

  it('is left alone where that is asked', async () => {
    expect(await names({ existing: false }, { [CALL]: -4 })).toEqual(['BTC-PERPETUAL']);
  });
});

describe('a filter takes options by', () => {
  const count = async (filter: object) => (await names(options(filter))).length;

  it.each<[string, object, number]>([
    ['nothing more than their underlying: all, and no perpetual', {}, 12],
    ['type', { optionTypes: ['put'] }, 6],
    ['days to expiry, both ends included', { expiryDays: { from: 28, to: 28 } }, 6],
    ['days to expiry beyond the last', { expiryDays: { from: 57 } }, 0],
    ['strike', { strikes: { from: 80_000, to: 100_000 } }, 8],
    ['|delta|', { deltas: { from: 0.4, to: 0.6 } }, 4],
    ['open interest, where it is told', { minOpenInterest: 50 }, 4],
    ['the smaller of the sizes shown', { minSize: 3 }, 8],
    ['settlement', { settlement: 'linear', strikes: { from: 100_000, to: 100_000 } }, 4],
    ['number', { maxCount: 3 }, 3],
  ])('%s', async (_what, filter, expected) => {
    expect(await count(filter)).toBe(expected);
  });

  it('the spread, and keeps the tightest', async () => {
    const tight = await universe({ optimise: options({ maxSpread: 0.03 }) });
    for (const { quote } of tight.tradables) expect((quote.ask! - quote.bid!) / quote.mark).toBeLessThanOrEqual(0.031);
    expect(tight.tradables.length).toBeLessThan(12);
    const spread = ({ quote }: Universe['tradables'][number]) =>
      (2 * (quote.ask! - quote.bid!)) / (quote.ask! + quote.bid!);
    const all = (await universe({ optimise: options({}) })).tradables.map(spread).sort((a, b) => a - b);
    const kept = (await universe({ optimise: options({ maxCount: 5 }) })).tradables.map(spread);
    expect(Math.max(...kept)).toBe(all[4]);
  });
});

it('what is named and has no price is told with the reason', async () => {
  const { tradables, left } = await universe({ tools: [{ instrument: 'deribit:BTC-29NOV30-90000-C' }] });
  expect(tradables).toEqual([]);
  expect(left).toEqual([
    {
      symbol: 'deribit:BTC-29NOV30-90000-C',
      reason: 'The market snapshot has no price for deribit:BTC-29NOV30-90000-C',
    },
  ]);
});
