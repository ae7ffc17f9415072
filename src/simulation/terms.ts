import { quantPolicy, type HedgePolicy } from '../hedging/policyModel.ts';
import { NO_COSTS } from '../quant/hedging/cost.ts';
import type { HedgeStrategy, HedgeTerms } from '../quant/simulation/hedgeSetup.ts';
import { clusterSize, type PathSource, type Sampling } from '../quant/simulation/pathNormals.ts';
import type { PathModel } from '../quant/simulation/paths.ts';
import type { BacktestInput, PathsInput, StrategyInput } from './model.ts';

// A request in the terms of the engine. Stored policies have been put in place already.

export function hedgeTerms({
  market,
  monitoringSteps,
  horizonYears,
  book,
  financing,
  settlement,
}: BacktestInput): HedgeTerms {
  return {
    grid: { steps: monitoringSteps!, stepYears: horizonYears! / monitoringSteps! },
    market: market!,
    book: book!.map(({ type, ...option }) => ({ ...option, sign: type === 'call' ? 1 : -1 })),
    financing,
    settlement,
  };
}

export function policyOf({ policy }: StrategyInput): HedgePolicy {
  return policy!; // stored ones were resolved at submission
}

/** @param stepYears length of a step of the grid; 0 where there is none */
export function hedgeStrategy(strategy: StrategyInput, stepYears: number): HedgeStrategy {
  const policy = policyOf(strategy);
  return {
    policy: quantPolicy(policy, stepYears),
    costs: strategy.costs ?? policy.costs ?? NO_COSTS,
    ...{ deltaConvention: policy.deltaConvention, target: policy.target },
    ...(policy.forecastVol === undefined ? {} : { forecastVol: policy.forecastVol }),
  };
}

export function pathModel(paths: PathsInput): PathModel {
  const { drift: growth, spot } = paths;
  if (paths.model === 'gbm') return { kind: 'gbm', spot, growth, vol: paths.vol };
  const { v0, kappa, theta, sigma, rho, substeps } = paths;
  const heston = { spot, growth, v0, kappa, theta, sigma, rho, substeps };
  if (paths.model === 'heston') return { kind: 'heston', ...heston };
  const { jumpIntensity, jumpMeanLog, jumpStdLog } = paths;
  return { kind: 'bates', ...heston, jumpIntensity, jumpMeanLog, jumpStdLog };
}

export function pathSource(paths: PathsInput): PathSource {
  return { seed: paths.seed, stream: 0, sampling: samplingOf(paths) };
}

function samplingOf({ antithetic, sobolPoints }: PathsInput): Sampling {
  if (sobolPoints !== undefined) return { kind: 'sobol', points: sobolPoints };
  return { kind: antithetic ? 'antithetic' : 'independent' };
}

/** Paths in a row that depend on each other. Windows of one series that overlap do. */
export function clusterOf({ paths, history, monitoringSteps = 1 }: BacktestInput): number {
  if (paths) return clusterSize(samplingOf(paths));
  return history?.source === 'series' ? Math.ceil(monitoringSteps / history.strideSteps) : 1;
}
