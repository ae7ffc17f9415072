import { describe, expect, it } from 'vitest';
import type { MarketView } from '../../../src/market/service.ts';
import type { BookRow } from '../../../src/portfolios/model.ts';
import type { UnderlyingExplain } from '../../../src/risk/scenarioResult.ts';
import { marketView, resultOf, row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import {
  AS_OF,
  CARRY,
  carryMarket,
  expiry,
  FORWARD,
  future,
  listedMarket,
  option,
  perpetual,
  SPOT,
} from './markets.ts';

const ID = '11111111-1111-4111-8111-111111111111';

async function explained(before: MarketView, after: MarketView, book: BookRow[]) {
  const { explain } = await scenariosOf(
    before,
    book,
    { explain: { marketSnapshotId: ID } },
    { others: { [ID]: after } },
  );
  return explain!;
}

async function one(before: MarketView, after: MarketView, position: BookRow): Promise<UnderlyingExplain> {
  return (await explained(before, after, [position])).underlyings[0]!;
}

const POSITIONS = [
  ['a call', row(option('call', 55_000), -10)],
  ['an inverse put', row(option('put', 45_000, 'inverse'), 4)],
] as const;

describe.each(POSITIONS)('%s', (_what, position) => {
  it.each([
    ['listed forwards', listedMarket],
    ['a carry', carryMarket],
  ])('with %s makes the difference of its values', async (_kind, market) => {
    const after = market({ spot: 1_500, vol: 0.03, rate: 0.01, days: 2 });
    const { profit } = await one(market(), after, position);
    const worth = async (view: MarketView) => (await resultOf(view, position)).value;
    expect(profit).toBeCloseTo((await worth(after)) - (await worth(market())), 8);
  });

  // One thing moved by ε leaves ε² unexplained where the terms are of first order, and ε³ where they are of second.
  it.each([
    { moved: { spot: 1 }, term: 'delta', order: 3 },
    { moved: { vol: 0.001 }, term: 'vega', order: 3 },
    { moved: { days: 0.1 }, term: 'theta', order: 2 },
    { moved: { rate: 0.001 }, term: 'rho', order: 2 },
  ] as const)('a small move of $moved is told under $term', async ({ moved, term, order }) => {
    for (const market of [listedMarket, carryMarket]) {
      const of = (scale: number) => {
        const scaled = Object.fromEntries(Object.entries(moved).map(([name, by]) => [name, by * scale]));
        return one(market(), market(scaled), position);
      };
      const [small, large] = [await of(1), await of(8)];
      expect(small[term] / small.profit).toBeCloseTo(1, 2);
      expect(Math.abs(small.unexplained)).toBeLessThan(1e-3 * Math.abs(small.profit));
      expect(Math.log2(large.unexplained / small.unexplained) / 3).toBeCloseTo(order, 0);
    }
  });
});

it('gamma, vanna and volga leave nothing of second order unexplained when spot and volatility move', async () => {
  const of = (scale: number) =>
    one(listedMarket(), listedMarket({ spot: 100 * scale, vol: 0.002 * scale }), POSITIONS[0][1]);
  const [small, large] = [await of(1), await of(4)];
  expect(Math.log2(large.unexplained / small.unexplained) / 2).toBeCloseTo(3, 0);
  expect([small.gamma, small.vanna, small.volga].every((term) => Math.abs(term) > 1e-3)).toBe(true);
});

it('charm is what a move and time make together beyond what each makes alone', async () => {
  const of = (bump: { spot?: number; days?: number }) => one(carryMarket(), carryMarket(bump), POSITIONS[0][1]);
  const [both, spot, time] = [await of({ spot: 20, days: 0.1 }), await of({ spot: 20 }), await of({ days: 0.1 })];
  expect(both.charm / (both.profit - spot.profit - time.profit)).toBeCloseTo(1, 2);
});

it('the forward that an option is valued from is what moves it where forwards are listed, not spot', async () => {
  const [forward, spot] = [FORWARD + 400, SPOT - 900];
  const after = marketView(AS_OF, [
    {
      underlying: 'BTC',
      spot: { mark: spot },
      forwards: [{ expiry: future('linear').expiry, price: forward }],
      volatility: { type: 'flat', vol: 0.65 },
    },
  ]);
  const call = row(option('call', 55_000), 1);
  const { delta } = await resultOf(listedMarket(), call);
  expect(await one(listedMarket(), after, call)).toMatchObject({
    ...{ spotBefore: SPOT, spotAfter: spot },
    delta: expect.closeTo(delta * 400, 8),
  });
  expect(await one(listedMarket(), after, row(future('inverse'), 10_200))).toMatchObject({
    profit: expect.closeTo((10_200 * 400) / FORWARD, 8),
    unexplained: 0,
  });
});

it('a market that lists forwards is explained in the terms of one that gave a carry', async () => {
  const forward = SPOT * 1.05;
  const after = marketView(AS_OF, [
    {
      underlying: 'BTC',
      spot: { mark: SPOT },
      forwards: [{ expiry: future('linear').expiry, price: forward }],
      rate: 0.06,
      volatility: { type: 'flat', vol: 0.65 },
    },
  ]);
  const told = await one(carryMarket(), after, row(option('call', 55_000), 1));
  const { delta } = await resultOf(carryMarket(), row(option('call', 55_000), 1));
  const time = 300 / 365;
  expect(told.delta).toBe(0);
  expect(told.rho).toBeCloseTo(time * SPOT * delta * (Math.log(1.05) / time - CARRY), 6);
});

describe.each<[string, BookRow]>([
  ['spot', row('spot:BTC/USD', 2)],
  ['a linear perpetual', row(perpetual('linear'), -3)],
  ['an inverse perpetual', row(perpetual('inverse'), 60_000)],
])('%s', (_what, position) => {
  it('is explained by its delta alone', async () => {
    const told = await one(carryMarket(), carryMarket({ spot: 2_000, vol: 0.1, days: 1 }), position);
    const { delta } = await resultOf(carryMarket(), position);
    expect(told.profit).toBeCloseTo(delta * 2_000, 8);
    expect(told.unexplained).toBe(0);
  });
});

it.each(['linear', 'inverse'] as const)(
  'a %s future on a carry has delta, theta, rho and charm',
  async (settlement) => {
    const position = row(future(settlement), settlement === 'linear' ? 1 : 50_000);
    const told = await one(carryMarket(), carryMarket({ spot: 50, rate: 0.001, days: 0.5 }), position);
    expect(Math.abs(told.unexplained)).toBeLessThan(2e-3 * Math.abs(told.profit));
    expect([told.delta, told.theta, told.rho].every((term) => Math.abs(term) > 1)).toBe(true);
  },
);

it('a share of a pool has delta and gamma', async () => {
  const pool = row(
    {
      ...{ kind: 'liquidity', underlying: 'BTC', quote: 'USD', pool: 'concentrated', feesBase: '0', feesQuote: '0' },
      ...{ liquidity: '400', lowerPrice: '40000', upperPrice: '60000' },
    },
    1,
  );
  const told = await one(carryMarket(), carryMarket({ spot: 500 }), pool);
  expect(told.gamma).toBeLessThan(0);
  expect(Math.abs(told.unexplained)).toBeLessThan(0.02 * Math.abs(told.gamma));
});

it('what cannot be valued in the other market is told and in no number', async () => {
  const good = row('spot:BTC/USD', 2);
  const ended = row({ ...option('put', 45_000), expiry: expiry(1) }, 5);
  const gone = row('spot:ETH/USD', 1);
  const unpriced = row({ ...perpetual('linear'), underlying: 'SOL' }, 1);
  const both = (eth: boolean) =>
    marketView(eth ? AS_OF : expiry(2), [
      { underlying: 'BTC', spot: { mark: SPOT }, carry: { rate: 0 }, volatility: { type: 'flat', vol: 0.5 } },
      ...(eth ? [{ underlying: 'ETH', spot: { mark: 1 } }] : []),
      { underlying: 'SOL', spot: { mark: 1 }, ...(eth ? { perpetual: { mark: 1 } } : {}) },
    ]);
  const { underlyings, ...rest } = await explained(both(true), both(false), [good, ended, gone, unpriced]);
  expect(rest).toMatchObject({ explained: 1, unvalued: 3, from: AS_OF, to: expiry(2) });
  expect(rest.failures.map(({ positionId, code }) => [positionId, code])).toEqual([
    [ended.positionId, 'expired'],
    [gone.positionId, 'missing_underlying'],
    [unpriced.positionId, 'missing_perpetual'],
  ]);
  expect(underlyings.map(({ underlying, profit }) => [underlying, profit])).toEqual([['BTC', 0]]);
});
