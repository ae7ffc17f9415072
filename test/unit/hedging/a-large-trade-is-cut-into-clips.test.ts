import { describe, expect, it } from 'vitest';
import { HedgePlanInputSchema, type PlanResult } from '../../../src/hedging/model.ts';
import { needOfTarget } from '../../../src/hedging/need.ts';
import { makePlan } from '../../../src/hedging/plan.ts';
import { resolveInstrument } from '../../../src/instruments/service.ts';
import { exposed, MARKET } from '../../support/plans.ts';

/** A sale of 2.5 bitcoin by a perpetual of which an order may have so much. */
function sold(maxQuantity: string, maxClips: number, costs: object = {}): PlanResult {
  const input = HedgePlanInputSchema.parse({ costs });
  const resolved = resolveInstrument('deribit:BTC-PERPETUAL');
  if (!resolved.ok) throw new Error(resolved.detail);
  const tools = [{ instrument: resolved.instrument, maxQuantity }];
  const valuation = exposed(MARKET, [{ underlying: 'BTC', delta: 2.5 }]);
  return makePlan({ ...input, tools }, valuation, MARKET, (target) => ({
    ...needOfTarget(input, target, 'black_scholes', 2.5),
    maxClips,
  }));
}

const quantities = ({ orders }: PlanResult) => orders.map(({ leg, side, quantity }) => [leg, side, quantity]);

describe('of more than an order may have', () => {
  it('the first orders are full and the last has the rest', () => {
    expect(quantities(sold('100000', 3))).toEqual([
      [0, 'sell', '100000'],
      [1, 'sell', '100000'],
      [2, 'sell', '50000'],
    ]);
  });

  it('no more orders are made than the policy allows, and what is left is told', () => {
    const result = sold('100000', 2);
    expect(quantities(result)).toHaveLength(2);
    expect(result.residuals).toMatchObject([{ value: 0.5, withinTolerance: false }]);
  });

  it('an order is cut on the lot grid', () => {
    expect(quantities(sold('99995', 3)).map(([, , quantity]) => quantity)).toEqual(['99990', '99990', '50020']);
  });
});

it('what fits into one order is one', () => {
  expect(quantities(sold('250000', 5))).toEqual([[0, 'sell', '250000']]);
});

it('every order pays what an order costs whatever its size', () => {
  const { estimatedCost } = sold('100000', 3, { feeBps: 0, impactCoefficient: 0, fixedCost: 7 });
  expect(estimatedCost).toMatchObject([{ fixed: '21' }]);
});
