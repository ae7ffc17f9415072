import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LedgerRun } from '../../../src/ledger/run.ts';
import type { LedgerTotal, Trade } from '../../../src/ledger/model.ts';
import { timeline } from '../../../src/ledger/timeline.ts';
import { bookedTrade } from '../../../src/ledger/trades.ts';
import type { MarketView } from '../../../src/market/service.ts';
import { exact } from '../../../src/platform/decimal.ts';
import type { BookRow } from '../../../src/portfolios/model.ts';
import { decodeSymbol } from '../../../src/instruments/service.ts';
import { createMarker } from '../../../src/risk/marker.ts';
import { DAY_MS, inlinePricingPool, marketView, row } from '../../support/books.ts';

// A book is marked through three random markets while it is traded. What the ledger says must be what simple bookkeeping
// says: the worth at the end, less the worth at the start, less what was paid.

const START = Date.parse('2030-01-01T08:00:00.000Z');
const EXPIRY = '2030-03-29T08:00:00.000Z';
const OPTION = 'deribit:BTC_USDC-29MAR30-50000-C';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const markets = fc.tuple(...[0, 1, 2].map(() => fc.record({ spot: number(30_000, 80_000), vol: number(0.3, 1.2) })));
const trades = fc.array(
  fc.record({
    stop: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom('spot:BTC/USDC', 'deribit:BTC_USDC-PERPETUAL', OPTION),
    quantity: number(-20, 20).filter((size) => Math.abs(size) > 1e-3),
    slip: number(-0.01, 0.01),
    fee: number(0, 50),
  }),
  { maxLength: 8 },
);

function viewOf({ spot, vol }: { spot: number; vol: number }, i: number): MarketView {
  return marketView(new Date(START + i * 7 * DAY_MS).toISOString(), [
    {
      ...{
        underlying: 'BTC',
        quote: 'USDC',
        spot: { mark: spot },
        perpetual: { mark: spot * 1.001, fundingRate: 1e-4 },
      },
      forwards: [{ expiry: EXPIRY, price: spot * 1.01 }],
      volatility: { type: 'flat', vol },
    },
  ]);
}

const marker = createMarker(inlinePricingPool());

function instrument(symbol: string) {
  const decoded = decodeSymbol(symbol);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.instrument;
}

const cents = (text: string | number) => Math.round(Number(text) * 100);

it('net is the sum of its parts, and the profit of the options that of its explanation, to the last digit', async () => {
  await fc.assert(
    fc.asyncProperty(markets, trades, async (given, traded) => {
      for (const line of (await run(given, traded)).lines) {
        const { net, optionPnl, hedgePnl, funding, fees, spread, impact, explanation } = line;
        const parts = exact(optionPnl).plus(hedgePnl).plus(funding).minus(fees).minus(spread).minus(impact);
        expect(parts.eq(net)).toBe(true);
        const explained = Object.values(explanation).reduce((sum, part) => sum.plus(part), exact(0));
        expect(explained.eq(optionPnl)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it('net is the change of worth less what was paid, to the cent', async () => {
  await fc.assert(
    fc.asyncProperty(markets, trades, async (given, traded) => {
      const { lines, expected } = await run(given, traded);
      const net = lines[0]?.net ?? '0';
      expect(Math.abs(cents(net) - cents(expected))).toBeLessThanOrEqual(1);
    }),
    { numRuns: 100 },
  );
});

interface Traded {
  stop: number;
  what: string;
  quantity: number;
  slip: number;
  fee: number;
}

async function run(
  given: { spot: number; vol: number }[],
  traded: Traded[],
): Promise<{ lines: LedgerTotal[]; expected: number }> {
  const views = given.map(viewOf);
  const ledger = new LedgerRun(marker);
  const held = new Map<string, number>([[OPTION, -3]]);
  let expected = -(await worth(held, views[0]!));
  for (const [i, view] of views.entries()) {
    const rows = [...held].filter(([, size]) => size !== 0).map(([symbol, size]) => rowOf(symbol, size));
    if (i === 0) await ledger.addValue(rows, view, 'opening');
    else {
      await ledger.addPeriod(rows, views[i - 1]!, view);
      const contract = held.get('deribit:BTC_USDC-PERPETUAL') ?? 0;
      const before = views[i - 1]!.underlying('BTC', 'USDC')!.perpetual!.mark;
      expected += contract * (view.underlying('BTC', 'USDC')!.perpetual!.mark - before);
      expected -= contract * before * 1e-4 * 21; // funding of 7 days
    }
    for (const each of traded.filter(({ stop }) => stop === i)) {
      const trade = await tradeOf(each, view);
      await ledger.addTrades([bookedTrade(trade)], view);
      held.set(each.what, (held.get(each.what) ?? 0) + each.quantity);
      expected -= Number(trade.fee);
      if (each.what.endsWith('PERPETUAL'))
        expected += each.quantity * (view.underlying('BTC', 'USDC')!.perpetual!.mark - Number(trade.price));
      else expected -= each.quantity * Number(trade.price);
    }
  }
  expected += await worth(held, views.at(-1)!);
  const marks = views.map(({ id, asOf }) => ({ id, asOf, underlyings: [] }));
  return { lines: ledger.report(timeline(marks, [], 3, false)).cash, expected };
}

async function tradeOf({ what, quantity, slip, fee }: Traded, view: MarketView): Promise<Trade> {
  const [mark] = await marker.mark([rowOf(what, 1)], view);
  if (!mark || 'code' in mark) throw new Error('no mark');
  const price = mark.price * (1 + slip);
  return {
    ...{ orderId: what, portfolioVersion: 1, instrument: instrument(what) },
    ...{ quantity: String(quantity), price: String(price), referencePrice: String(mark.price * (1 - slip / 2)) },
    ...{ halfSpreadBps: 3, fee: String(fee), feeCurrency: 'USDC' },
  };
}

/** Spot and options; contracts are margined and have no worth of their own. */
async function worth(held: Map<string, number>, view: MarketView): Promise<number> {
  let sum = 0;
  for (const [symbol, size] of held) {
    if (symbol.endsWith('PERPETUAL') || size === 0) continue;
    const [mark] = await marker.mark([rowOf(symbol, 1)], view);
    if (mark && 'price' in mark) sum += size * mark.price;
  }
  return sum;
}

function rowOf(symbol: string, size: number): BookRow {
  return row(symbol, size);
}
