import { describe, expect, it } from 'vitest';
import type { MarketView } from '../../../src/market/service.ts';
import type { ResultColumn } from '../../../src/risk/model.ts';
import { derivative, resultOf, row } from '../../support/books.ts';
import { type Bump, carryMarket, listedMarket, option } from './markets.ts';

// The market is moved, the book is valued again, and the difference must be what the API said it would be, in its unit.

interface Check {
  greek: ResultColumn;
  of: ResultColumn;
  bump: (h: number) => Bump;
  step: number;
}

const vol: Check['bump'] = (points) => ({ vol: points / 100 });
const day: Check['bump'] = (days) => ({ days });
const CHECKS: Check[] = [
  { greek: 'delta', of: 'value', bump: (spot) => ({ spot }), step: 50 },
  { greek: 'gamma', of: 'delta', bump: (spot) => ({ spot }), step: 50 },
  { greek: 'vega', of: 'value', bump: vol, step: 0.2 },
  { greek: 'theta', of: 'value', bump: day, step: 1 },
  { greek: 'vanna', of: 'delta', bump: vol, step: 0.2 },
  { greek: 'volga', of: 'vega', bump: vol, step: 0.2 },
  { greek: 'charm', of: 'delta', bump: day, step: 1 },
];
const RHO: Check = { greek: 'rho', of: 'value', bump: (points) => ({ rate: points / 100 }), step: 0.05 };

const POSITIONS = [
  ['a short call', row(option('call', 52_000), -8)],
  ['a long put with a multiplier', row(option('put', 45_000), 2, { multiplier: 100 })],
] as const;

async function compare(market: (bump?: Bump) => MarketView, position: ReturnType<typeof row>, check: Check) {
  const moved = async (h: number) => (await resultOf(market(check.bump(h)), position))[check.of];
  const analytic = (await resultOf(market(), position))[check.greek];
  expect((await derivative(moved, check.step)) / analytic, check.greek).toBeCloseTo(1, 6);
}

describe.each(POSITIONS)('%s', (_name, position) => {
  it.each([...CHECKS, RHO])('$greek in a market with the carry given', (check) =>
    compare(carryMarket, position, check),
  );
  // With forwards listed, rho is the exchange's: the forward is taken to move with the rate, and nothing here moves it.
  it.each(CHECKS)('$greek in a market with listed forwards', (check) => compare(listedMarket, position, check));
});
