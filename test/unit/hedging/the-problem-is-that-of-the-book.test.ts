import { describe, expect, it } from 'vitest';
import { TargetSchema } from '../../../src/hedging/model.ts';
import { OptimiseSchema } from '../../../src/hedging/optimiseModel.ts';
import { buildProblem, targetId } from '../../../src/hedging/problem.ts';
import type { Tradable } from '../../../src/hedging/universe.ts';
import { resolveInstrument } from '../../../src/instruments/service.ts';
import { NO_COSTS } from '../../../src/quant/hedging/cost.ts';
import { GREEKS, type Greeks, type UnderlyingGreeks } from '../../../src/risk/model.ts';
import { DAY_MS, marketView } from '../../support/books.ts';
import { AS_OF, bitcoin, exposed } from '../../support/plans.ts';

const market = marketView(AS_OF, [
  bitcoin({ volatility: { type: 'flat', vol: 0.6 } }),
  { underlying: 'ALT', spot: { mark: 50 }, carry: { rate: 0 } },
  { underlying: 'ETH', spot: { mark: 4_000 }, carry: { rate: 0 }, volatility: { type: 'flat', vol: 0.8 } },
]);
const inDays = (days: number) => new Date(Date.parse(AS_OF) + days * DAY_MS).toISOString();
const NONE = Object.fromEntries(GREEKS.map((name) => [name, 0])) as Greeks;

interface Held {
  underlying?: string;
  delta?: number;
  gamma?: number;
  /** By days to expiry. */
  vega?: Record<number, number>;
}

function held({ underlying = 'BTC', delta = 0, gamma = 0, vega = {} }: Held): UnderlyingGreeks {
  const [greeks] = exposed(market, [{ underlying, delta, greeks: { gamma } }]).underlyings;
  const expiries = Object.entries(vega).map(([days, each]) => ({
    ...{ ...NONE, expiry: inDays(Number(days)), positionCount: 1, value: 0, deltaCash: 0, gammaCash: 0 },
    vega: each,
  }));
  return { ...greeks!, vega: Object.values(vega).reduce((sum, each) => sum + each, 0), expiries };
}

function tradable(symbol: string, greeks: Partial<Greeks>, rest: Partial<Tradable> = {}): Tradable {
  const resolved = resolveInstrument(symbol);
  if (!resolved.ok) throw new Error(resolved.detail);
  return {
    ...{
      tool: { instrument: resolved.instrument },
      quote: { mark: 100 },
      costModel: NO_COSTS,
      greeks: { ...NONE, ...greeks },
    },
    rules: { lotSize: '1', minTrade: '1', tickSize: '1', unit: 'underlying' },
    ...{ worth: 1, middle: 100, premium: 100, notional: 100, held: 0, maxBuy: 1e6, maxSell: 1e6, expiryMs: null },
    ...{ inputs: undefined, ...rest },
  };
}

function problem(given: { book?: Held[]; targets?: object[]; tradables?: Tradable[]; optimise?: object }) {
  return buildProblem({
    ...{ market, currency: 'USD', tradables: given.tradables ?? [] },
    optimise: OptimiseSchema.parse(given.optimise ?? {}),
    underlyings: (given.book ?? []).map(held),
    targets: (given.targets ?? []).map((target) => TargetSchema.parse(target)),
  });
}

describe('what the book is exposed to', () => {
  it('is cash delta, cash gamma and vega per 1.00 at the nearest tenor', () => {
    const { factors } = problem({ book: [{ delta: 2, gamma: 1e-5, vega: { 6: 10, 28: 100, 32: 20 } }] }).problem;
    // 2 × 100,000; 1e-5 × 100,000²; 7 days: 10 points of 0.01; 30 days: both of the others
    expect([...factors]).toEqual([200_000, expect.closeTo(100_000, 6), 1_000, 12_000]);
  });

  it('moves as the market says: σ²h, and the volatility by σ·ν·√h', () => {
    const book = [{ delta: 1, vega: { 30: 1 } }];
    const { covariance } = problem({ book, optimise: { horizonDays: 2 } }).problem;
    const h = 2 / 365;
    expect(covariance[0]! / (0.36 * h)).toBeCloseTo(1, 12);
    expect(covariance[4]! / (0.5 * (0.36 * h) ** 2)).toBeCloseTo(1, 12);
    expect(covariance[8]! / (0.36 * h)).toBeCloseTo(1, 12); // ν = 1 at 30 days
    expect(covariance[2]! / (-0.3 * 0.36 * h)).toBeCloseTo(1, 12);
  });

  it('moves as the request says where it says so', () => {
    const moves = [{ underlying: 'BTC', vol: 0.9, volOfVol: 2, spotVolCorrelation: 0 }];
    const { covariance } = problem({ book: [{ vega: { 30: 1 } }], optimise: { moves } }).problem;
    expect(covariance[0]! * 365).toBeCloseTo(0.81, 12);
    expect(covariance[8]! * 365).toBeCloseTo(0.81 * 4, 12);
    expect(covariance[2]).toBeCloseTo(0, 15);
  });

  it('underlyings move together, by 0.8 where nothing is said', () => {
    const book = [{ delta: 1 }, { underlying: 'ETH', delta: 1 }];
    const shared = (optimise: object) => problem({ book, optimise }).problem.covariance[2]! * 365;
    expect(shared({})).toBeCloseTo(0.8 * 0.6 * 0.8, 12);
    expect(shared({ correlations: [{ underlyings: ['ETH', 'BTC'], correlation: -0.5 }] })).toBeCloseTo(-0.24, 12);
  });
});

describe('a cross hedge', () => {
  // ALT moves by 1.5 times what BTC does, and by 40 % a year of its own
  const crossHedges = [{ underlying: 'ALT', with: 'BTC', beta: 1.5, basisVol: 0.4 }];
  const book = [{ delta: 2 }, { underlying: 'ALT', delta: 10_000 }];

  it('has the covariance of r = β·r′ + ε', () => {
    const { covariance } = problem({ book, optimise: { crossHedges } }).problem; // ALT comes first by name
    expect(covariance[0]! * 365).toBeCloseTo(1.5 ** 2 * 0.36 + 0.16, 12);
    expect(covariance[2]! * 365).toBeCloseTo(1.5 * 0.36, 12);
    expect(covariance[10]! * 365).toBeCloseTo(0.36, 12);
  });

  it('counts in the delta of what it is hedged with, at β times its cash', () => {
    const [row] = problem({ book, targets: [{ underlying: 'BTC' }], optimise: { crossHedges } }).problem.targets;
    expect(row!.value).toBeCloseTo(2 + (1.5 * 10_000 * 50) / 100_000, 12);
  });

  it('correlates with others through what it is hedged with', () => {
    const three = [...book, { underlying: 'ETH', delta: 1 }];
    const correlations = [{ underlyings: ['BTC', 'ETH'], correlation: 0.5 }];
    const { covariance } = problem({ book: three, optimise: { crossHedges, correlations } }).problem;
    expect(covariance[4]! * 365).toBeCloseTo(1.5 * 0.5 * 0.6 * 0.8, 12);
  });
});

describe('a target', () => {
  const near = { underlying: 'BTC', greek: 'vega', tenorDays: { from: 7, to: 30 }, tolerance: 5 };
  const option = tradable(
    'deribit:BTC-27DEC30-100000-C',
    { delta: 0.5, vega: 80 },
    { expiryMs: Date.parse(inDays(56)), inputs: [] },
  );
  const early = tradable(
    'deribit:BTC-29NOV30-100000-C',
    { delta: 0.5, vega: 60 },
    { expiryMs: Date.parse(inDays(28)), inputs: [] },
  );

  it('of a tenor counts what expires within it, both ends included, of book and instruments', () => {
    const { targets, candidates } = problem({
      ...{ book: [{ vega: { 6: 1, 7: 2, 30: 4, 31: 8 } }], targets: [near], tradables: [option, early] },
    }).problem;
    expect(targets[0]!.value).toBe(6);
    expect(candidates.map(({ greeks }) => [...greeks])).toEqual([[0], [60]]);
  });

  it('that is a point is met to half a lot of the finest linear instrument, or else of the finest of all, unless it must hold', () => {
    const delta = { underlying: 'BTC', tolerance: 0 };
    const tolerance = (tradables: Tradable[], target: object) =>
      problem({ tradables, targets: [target] }).problem.targets[0]!.tolerance;
    const spot = tradable('spot:BTC/USD', { delta: 1 });
    expect(tolerance([spot, option], delta)).toBeCloseTo(0.5, 5);
    expect(tolerance([option], delta)).toBeCloseTo(0.25, 5);
    expect(tolerance([option, early], { ...near, tolerance: 0, tenorDays: undefined })).toBeCloseTo(30, 3);
    expect(tolerance([spot], { ...delta, tolerance: 0.01 })).toBe(0.01);
    expect(tolerance([spot], { ...delta, priority: 0 })).toBe(0);
  });

  it('is named by its greek and its tenor', () => {
    expect(targetId(TargetSchema.parse(near))).toBe('BTC/USD vega 7 to 30 days');
    expect(targetId(TargetSchema.parse({ underlying: 'ETH' }))).toBe('ETH/USD delta');
  });
});

describe('an instrument', () => {
  const costModel = { ...NO_COSTS, feeBps: 10, halfSpreadBps: 20, fixedCost: 3, impactCoefficient: 4 };

  it('costs what it costs: a fee of the underlying that is at most an eighth of the premium, and half the spread', () => {
    const dear = tradable('deribit:BTC-27DEC30-100000-C', {}, { costModel, premium: 9_000, notional: 100_000 });
    const cheap = tradable('deribit:BTC-27DEC30-200000-C', {}, { costModel, premium: 400, notional: 100_000 });
    const [one, other] = problem({ tradables: [dear, cheap] }).problem.candidates;
    expect(one).toMatchObject({ buyCost: 100 + 18, sellCost: 118, fixedCost: 3, isNew: true });
    expect(other!.buyCost).toBeCloseTo(50 + 0.8, 12);
  });

  it('has the impact of its size: coefficient × (q·price)^1.5, or its square', () => {
    const of = (impactShape: 'square_root' | 'linear') =>
      problem({ tradables: [tradable('spot:BTC/USD', {}, { costModel: { ...costModel, impactShape } })] }).problem
        .candidates[0]!.impact;
    // 100 units at 100: a notional of 10,000, which is 4 bp·√0.01 or 4 bp·0.01 of it
    expect(of('square_root').coefficient * 100 ** 1.5).toBeCloseTo(10_000 * 4e-4 * 0.1, 12);
    expect(of('linear').coefficient * 100 ** 2).toBeCloseTo(10_000 * 4e-4 * 0.01, 12);
  });

  it('that is a perpetual costs the funding of the horizon on the side that pays, at the rate of the market where it tells one', () => {
    const funded = { ...NO_COSTS, fundingBpsPer8h: 1 };
    const perpetual = (quote: Tradable['quote']) =>
      tradable('deribit:BTC_USDC-PERPETUAL', {}, { costModel: funded, quote });
    const usd = {
      market: marketView(AS_OF, [{ ...bitcoin({ volatility: { type: 'flat', vol: 1 } }), quote: 'USDC' }]),
    };
    const funding = (each: Tradable) => {
      const [candidate] = buildProblem({
        ...{ ...usd, currency: 'USDC', tradables: [each], underlyings: [], targets: [] },
        optimise: OptimiseSchema.parse({ horizonDays: 2 }),
      }).problem.candidates;
      return [candidate!.buyCost, candidate!.sellCost];
    };
    expect(funding(perpetual({ mark: 100 }))).toEqual([expect.closeTo(100 * 1e-4 * 6, 12), 0]);
    expect(funding(perpetual({ mark: 100, fundingRate: -3e-4 }))).toEqual([0, expect.closeTo(100 * 3e-4 * 6, 12)]);
  });
});
