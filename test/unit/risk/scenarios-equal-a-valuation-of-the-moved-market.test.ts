import { describe, expect, it } from 'vitest';
import type { MarketView } from '../../../src/market/service.ts';
import { marketView, row, valueBook } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { AS_OF, expiry, EXPIRY, FORWARD, option, perpetual, RATE, SPOT, VOL, YIELD } from './markets.ts';

const SHORT = expiry(10);

/** The market after a move: forwards in proportion with spot, volatilities at their strikes, listed forwards held in time. */
function moved(carried: boolean, spot: number, vol: number, days: number): MarketView {
  const curve = carried
    ? { carry: { rate: RATE, yield: YIELD } }
    : {
        rate: RATE,
        forwards: [
          { expiry: SHORT, price: 50_200 * (1 + spot) },
          { expiry: EXPIRY, price: FORWARD * (1 + spot) },
        ],
      };
  return marketView(new Date(Date.parse(AS_OF) + days * 86_400_000).toISOString(), [
    {
      underlying: 'BTC',
      spot: { mark: SPOT * (1 + spot) },
      perpetual: { mark: 50_100 * (1 + spot) },
      volatility: { type: 'flat', vol: VOL + vol },
      ...curve,
    },
  ]);
}

/** What has the same delta in a scenario as in a market that has moved: inverse contracts keep their profit in coin. */
const BOOK = [
  row(option('call', 55_000), -10),
  row(option('put', 45_000, 'inverse'), 7),
  row({ ...option('put', 52_000), expiry: SHORT }, 20),
  row(perpetual('linear'), -3),
  row('spot:BTC/USD', 1.5),
  row(
    {
      ...{ kind: 'liquidity', underlying: 'BTC', quote: 'USD', pool: 'concentrated', feesBase: '0', feesQuote: '0' },
      ...{ liquidity: '400', lowerPrice: '40000', upperPrice: '60000' },
    },
    2,
  ),
];

const SPOTS = [-0.3, -0.05, 0, 0.1, 0.6];
const VOLS = [-20, 0, 15];

describe.each([
  ['listed forwards', false],
  ['a carry', true],
])('with %s', (_what, carried) => {
  it.each([0, 1, 3.5])('after %s days every cell is the valuation of the moved market', async (days) => {
    const { matrix } = await scenariosOf(moved(carried, 0, 0, 0), BOOK, {
      matrix: { spot: SPOTS, vol: VOLS, days },
    });
    const [cells] = matrix!.underlyings;
    for (const [i, spot] of SPOTS.entries()) {
      for (const [j, vol] of VOLS.entries()) {
        const [there] = (await valueBook(moved(carried, spot, vol / 100, days), BOOK)).underlyings;
        const at = i * VOLS.length + j;
        // Times are differences of instants there and of years here: 1e-16 of a time moves a value by far less than this.
        for (const name of ['value', 'delta', 'gamma', 'vega'] as const) {
          const gross = { value: 2e6, delta: 50, gamma: 2e-3, vega: 5e3 }[name];
          expect(Math.abs(cells![name][at]! - there![name]) / gross, `${name} at ${spot}, ${vol}`).toBeLessThan(1e-12);
        }
      }
    }
  });
});
