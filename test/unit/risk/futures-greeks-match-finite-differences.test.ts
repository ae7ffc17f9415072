import { describe, expect, it } from 'vitest';
import { derivative, resultOf, row } from '../../support/books.ts';
import { type Bump, carryMarket, EXPIRY, future } from './markets.ts';

// What a position entered at today's forward has gained when the market has moved. In coin an inverse contract gains
// N·(1/F₀ − 1/F); a coin is worth spot.

const QUANTITY = { linear: 3, inverse: 150_000 };
const entry = carryMarket().underlying('BTC', 'USD')!.forward(Date.parse(EXPIRY))!;

function gained(settlement: 'linear' | 'inverse', bump: Bump): number {
  const view = carryMarket(bump).underlying('BTC', 'USD')!;
  const forward = view.forward(Date.parse(EXPIRY))!;
  const quantity = QUANTITY[settlement];
  if (settlement === 'linear') return quantity * (forward - entry);
  return quantity * (1 / entry - 1 / forward) * view.spot.mark;
}

/** Slope of the gain in spot, at a moment. */
const delta = (settlement: 'linear' | 'inverse', bump: Bump) =>
  derivative(async (spot) => gained(settlement, { ...bump, spot }), 50);

describe.each(['linear', 'inverse'] as const)('a %s future', (settlement) => {
  const position = row(future(settlement), QUANTITY[settlement]);

  it('delta', async () => {
    const got = await resultOf(carryMarket(), position);
    expect((await delta(settlement, {})) / got.delta).toBeCloseTo(1, 9);
  });

  it('theta per day', async () => {
    const { theta } = await resultOf(carryMarket(), position);
    expect((await derivative(async (days) => gained(settlement, { days }), 1)) / theta).toBeCloseTo(1, 7);
  });

  it('rho per percentage point', async () => {
    const { rho } = await resultOf(carryMarket(), position);
    expect((await derivative(async (rate) => gained(settlement, { rate }), 1e-4)) / 100 / rho).toBeCloseTo(1, 7);
  });

  it('charm per day', async () => {
    const { charm } = await resultOf(carryMarket(), position);
    expect(await derivative((days) => delta(settlement, { days }), 1)).toBeCloseTo(charm, 8);
  });

  it('gamma is nothing', async () => {
    const slope = (shift: number) => derivative(async (spot) => gained(settlement, { spot: spot + shift }), 50);
    expect(await derivative(slope, 500)).toBeCloseTo(0, 9);
  });
});

it('in its last day a future loses the carry of what is left of it', async () => {
  const days = 300 - 0.25;
  const position = row(future('linear'), 3);
  const market = carryMarket({ days });
  const { theta, price } = await resultOf(market, position);
  expect(theta).toBeCloseTo((-3 * price * 0.04 * 0.25) / 365, 9);
});
