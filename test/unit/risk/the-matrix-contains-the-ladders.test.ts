import { expect, it } from 'vitest';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { listedMarket, option, perpetual } from './markets.ts';

const SPOT = [-0.2, -0.1, 0, 0.1, 0.2];
const VOL = [-10, 0, 10];

it('its row and its column of nothing are the ladders, to the bit', async () => {
  const book = [row(option('call', 55_000), -10), row(option('put', 45_000), 3), row(perpetual('inverse'), 40_000)];
  const asked = { ladders: { spot: SPOT, vol: VOL }, matrix: { spot: SPOT, vol: VOL } };
  const { ladders, matrix } = await scenariosOf(listedMarket(), book, asked);
  const cells = matrix!.underlyings[0]!;
  for (const name of ['profit', 'value', 'delta', 'gamma', 'vega'] as const) {
    expect(SPOT.map((_, i) => cells[name][i * VOL.length + 1])).toEqual(ladders!.spot!.underlyings[0]![name]);
    expect(VOL.map((_, j) => cells[name][2 * VOL.length + j])).toEqual(ladders!.vol!.underlyings[0]![name]);
  }
  expect(new Set(cells.profit).size).toBe(SPOT.length * VOL.length);
});
