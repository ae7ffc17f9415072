import { describe, expect, it } from 'vitest';
import { derivative, marketView, resultOf, row, shardOf } from '../../support/books.ts';
import { AS_OF, EXPIRY, FORWARD, listedMarket, option, SPOT, TIME } from './markets.ts';

const STRIKE = 44_000;
const position = row(option('put', STRIKE), 2);

/** Raw SVI is a function of ln K/F: where the forward moves, the whole smile moves with it. */
function smiling(move = 0, pinned?: number) {
  const slice = { a: 0.1, b: 0.3, rho: -0.6, m: 0.05, sigma: 0.2 };
  const w = (k: number) =>
    slice.a + slice.b * (slice.rho * (k - slice.m) + Math.sqrt((k - slice.m) ** 2 + slice.sigma ** 2));
  const vol = Math.sqrt(w(Math.log(STRIKE / FORWARD)) / TIME);
  return marketView(AS_OF, [
    {
      underlying: 'BTC',
      spot: { mark: SPOT + move },
      forwards: [{ expiry: EXPIRY, price: FORWARD + move }],
      volatility:
        pinned === undefined
          ? { type: 'svi', slices: [{ expiry: EXPIRY, ...slice }] }
          : { type: 'flat', vol: vol + pinned * move },
    },
  ]);
}

const deltaOf = async (convention: Parameters<typeof resultOf>[2]) =>
  (await resultOf(smiling(), position, convention)).delta;

describe('on a smile', () => {
  it('sticky strike is Black–Scholes at the volatility of the strike', async () => {
    const fixed = await derivative(async (move) => (await resultOf(smiling(move, 0), position)).value, 20);
    expect((await deltaOf('sticky_strike')) / fixed).toBeCloseTo(1, 7);
    expect(await deltaOf('sticky_strike')).toBe(await deltaOf('black_scholes'));
  });

  it('sticky delta is the slope of the value while the smile moves along', async () => {
    const moving = await derivative(async (move) => (await resultOf(smiling(move), position)).value, 20);
    expect((await deltaOf('sticky_delta')) / moving).toBeCloseTo(1, 7);
    expect(await deltaOf('sticky_delta')).not.toBeCloseTo(await deltaOf('black_scholes'), 2);
  });

  it('minimum variance is the slope while the volatility follows the skew at the forward', async () => {
    const view = smiling().underlying('BTC', 'USD')!;
    const skew = view.slope(Date.parse(EXPIRY), FORWARD) as number;
    const following = await derivative(
      async (move) => (await resultOf(smiling(move, skew / FORWARD), position)).value,
      20,
    );
    expect((await deltaOf('min_variance')) / following).toBeCloseTo(1, 7);
  });
});

it.each(['sticky_strike', 'sticky_delta', 'min_variance'] as const)(
  '%s of a flat volatility is Black–Scholes',
  async (convention) => {
    expect(await resultOf(listedMarket(), position, convention)).toEqual(await resultOf(listedMarket(), position));
  },
);

it('an option whose slope the surface cannot tell is a failure with a reason, not a delta', async () => {
  const view = smiling();
  const blind = {
    ...view.underlying('BTC', 'USD')!,
    slope: () => ({ code: 'missing_volatility', detail: 'x' }) as const,
  };
  const shard = await shardOf({ ...view, underlying: () => blind }, [position], 'min_variance');
  expect(shard.failures[0]).toMatchObject({ code: 'missing_volatility' });
});
