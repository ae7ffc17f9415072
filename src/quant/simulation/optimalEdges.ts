import type { Kernel } from '../kernel/contract.ts';
import { proportionalCost } from '../hedging/cost.ts';
import { solveBand } from '../hedging/optimalBand.ts';
import { bandEdges, type BandTable } from '../hedging/optimalBandTable.ts';
import { compilePolicy } from '../hedging/policyDecision.ts';
import type { EdgeSource } from './hedgeDecisions.ts';
import type { HedgeStrategy, HedgeTerms } from './hedgeSetup.ts';

/**
 * The bands of each `optimal` leaf of a strategy for the book of a simulation that starts at `spot`: plain data, to be solved once
 * and given to all shards. The problem is that of the market's volatility, or the
 * forecast of the strategy, settled in cash and liquidated at the horizon.
 *
 * @throws RangeError as `solveBand` and `compilePolicy` do
 */
export function solveStrategyBands(
  kernel: Kernel,
  { grid, market, book }: HedgeTerms,
  spot: number,
  { policy, costs, forecastVol = market.vol }: HedgeStrategy,
): BandTable[] {
  const column = (value: (option: (typeof book)[number]) => number) => Float64Array.from(book, value);
  const options = {
    count: book.length,
    strikes: column(({ strike }) => strike),
    years: column(({ expiryYears }) => expiryYears),
    vols: column(() => market.vol),
    quantities: column(({ quantity }) => quantity),
    signs: column(({ sign }) => sign),
  };
  const { europeans } = kernel;
  return compilePolicy(policy).optimalLeaves.map((riskAversion) =>
    solveBand(
      {
        book: options,
        spot,
        rate: market.rate,
        carry: market.rate - market.dividendYield,
        vol: forecastVol,
        ...grid,
        costRate: proportionalCost(costs),
        riskAversion,
        terminal: 'liquidate',
      },
      europeans,
    ),
  );
}

export function edgesOf(tables: readonly BandTable[]): EdgeSource[] {
  return tables.map((table) => (step, spot, out, at) => bandEdges(table, step, spot, out, at));
}
