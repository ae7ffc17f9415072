import { expect, it } from 'vitest';
import { row } from '../../support/books.ts';
import { scenariosOf } from '../../support/scenarios.ts';
import { carryMarket, FORWARD, listedMarket, option, RATE, SPOT } from './markets.ts';

const BOOK = [row(option('call', 45_000), 2), row(option('put', 45_000), 3)];
/** The options have 300 days. */
const LADDER = { ladders: { time: [299, 300, 1_000] } };

it('of spot where a carry is given, without a discount', async () => {
  const { ladders } = await scenariosOf(carryMarket(), BOOK, LADDER);
  const { value, vega, gamma, delta } = ladders!.time!.underlyings[0]!;
  expect(value.slice(1)).toEqual([2 * (SPOT - 45_000), 2 * (SPOT - 45_000)]);
  expect([...vega.slice(1), ...gamma.slice(1), ...delta.slice(1)]).toEqual([0, 0, 0, 0, 2, 2]);
  expect(value[0]).toBeGreaterThan(value[1]!);
});

it('of the forward where forwards are listed', async () => {
  const { ladders } = await scenariosOf(listedMarket({ rate: RATE }), BOOK, LADDER);
  expect(ladders!.time!.underlyings[0]!.value.slice(1)).toEqual([2 * (FORWARD - 45_000), 2 * (FORWARD - 45_000)]);
});
