import type { Market, MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import { createExplain } from './explain.ts';
import { givenHistory, snapshotHistory, type History } from './history.ts';
import type { DeltaConvention, Valuation } from './model.ts';
import { createRevaluation } from './revaluation.ts';
import { planScenarios } from './scenarioPlan.ts';
import type { ScenariosInput } from './scenarioModel.ts';
import { reportGrids } from './scenarioReport.ts';
import type { Scenarios } from './scenarioResult.ts';
import type { ValuedShard } from './valuation.ts';
import { reportValueAtRisk } from './valueAtRisk.ts';
import { bucketVega } from './vegaBuckets.ts';

export interface ScenarioRun {
  /** Adds a shard of the book. */
  add(shard: ValuedShard, book: readonly BookRow[]): Promise<void>;
  /** What the scenarios answer, once the whole book was added and valued. */
  report(valuation: Valuation): Scenarios;
}

/** The market snapshots that scenarios name, each with the place where they do. */
export function namedSnapshots({ explain, valueAtRisk }: ScenariosInput): { id: string; at: PropertyKey[] }[] {
  const history = valueAtRisk?.history.snapshotIds ?? [];
  return [
    ...(explain ? [{ id: explain.marketSnapshotId, at: ['scenarios', 'explain', 'marketSnapshotId'] }] : []),
    ...history.map((id, i) => ({ id, at: ['scenarios', 'valueAtRisk', 'history', 'snapshotIds', i] })),
  ];
}

/** Makes ready what a book is to be valued under. Reads the other snapshots, if the scenarios name any. */
export async function prepareScenarios(
  { market, pool }: { market: Market; pool: Pick<PricingPool, 'price' | 'grid'> },
  tenantId: string,
  view: MarketView,
  convention: DeltaConvention,
  asked: ScenariosInput,
): Promise<ScenarioRun> {
  const history = await historyOf(market, tenantId, view, asked);
  const plan = planScenarios(asked, history);
  const revaluation = createRevaluation(pool, view, convention, plan);
  const explain =
    asked.explain && createExplain(pool, view, await market.view(tenantId, asked.explain.marketSnapshotId));
  // Scenario 0 alone is the market as it is, which the Greeks have told of already.
  const revalues = plan.scenarios.length > 1 || plan.ladders || plan.matrix || plan.stress;
  return {
    async add(shard, book) {
      if (revalues) await revaluation.add(shard, book);
      await explain?.add(shard, book);
    },
    report(valuation) {
      const revalued = revaluation.underlyings();
      const { vegaBuckets, valueAtRisk } = asked;
      return {
        volMoves: asked.volMoves,
        ...reportGrids(plan, revalued),
        vegaBuckets: vegaBuckets
          ? bucketVega(valuation.underlyings, valuation.valuationTime, vegaBuckets.tenorDays)
          : null,
        valueAtRisk:
          plan.history && valueAtRisk
            ? reportValueAtRisk(revalued, plan.history.moves, plan.history.at, valueAtRisk.confidences)
            : null,
        explain: explain?.report() ?? null,
      };
    },
  };
}

async function historyOf(
  market: Market,
  tenantId: string,
  view: MarketView,
  { valueAtRisk, volMoves }: ScenariosInput,
): Promise<History | undefined> {
  if (!valueAtRisk) return undefined;
  const { history } = valueAtRisk;
  return history.snapshotIds
    ? snapshotHistory(market, tenantId, history.snapshotIds, view)
    : givenHistory(history, volMoves);
}
