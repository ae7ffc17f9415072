import { expect, it } from 'vitest';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { FORWARD, listedMarket, option } from './markets.ts';

const ASKED = { matrix: { spot: [-0.2, 0, 0.3], vol: [0, 10] } };

it('premium-adjusted: less the premium in coin at the moved forward, for inverse options alone', async () => {
  const inverse = row(option('call', 50_000, 'inverse'), 4);
  const linear = row(option('put', 50_000), 9);
  const of = async (convention: 'black_scholes' | 'premium_adjusted', book: (typeof inverse)[]) =>
    (await scenariosOf(listedMarket(), book, ASKED, { convention })).matrix!.underlyings[0]!;
  const [plain, adjusted] = [
    await of('black_scholes', [inverse, linear]),
    await of('premium_adjusted', [inverse, linear]),
  ];
  const premium = (await of('black_scholes', [inverse])).value;
  expect({ ...adjusted, delta: [] }).toEqual({ ...plain, delta: [] });
  plain.delta.forEach((delta, i) => {
    const forward = FORWARD * (1 + ASKED.matrix.spot[Math.floor(i / 2)]!);
    expect(adjusted.delta[i]).toBeCloseTo(delta - premium[i]! / forward, 13);
    expect(premium[i]! / forward).toBeGreaterThan(0.05);
  });
});
