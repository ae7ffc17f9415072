import { proportionalCost } from '../hedging/cost.ts';
import { DELTA_TERMS } from '../hedging/deltaConvention.ts';
import type { HedgeState, Policy } from '../hedging/policy.ts';
import { type CompiledPolicy, compilePolicy, type Decision, openDecision } from '../hedging/policyDecision.ts';
import { type BookRows, conventionDelta } from './bookRows.ts';
import type { Valuation } from './bookValuation.ts';
import { type Accounts, costRatesOf, trade } from './hedgeAccounts.ts';
import type { HedgeStrategy } from './hedgeSetup.ts';
import { type ModifiedDeltas, openModifiedDeltas } from './modifiedDeltas.ts';
import { PATH_BLOCK } from './pathNormals.ts';

/**
 * Writes the no-trade band of an `optimal` leaf at a step and a spot: lower hedge position at `out[at]`, upper after it. It lies
 * about Black and Scholes' delta of the book.
 */
export type EdgeSource = (step: number, spot: number, out: Float64Array, at: number) => void;

/** What decides, and trades, for one strategy on one block of paths after another. */
export interface Decider {
  /** Whether it reads rows of the book beyond value and Greeks. */
  readonly isDetailed: boolean;
  decide(accounts: Accounts, rows: BookRows, step: number, size: number): void;
}

/** What is left of a trade by rounding is not traded again: as `policyDecision.ts` has it. */
const ROUNDING = 1e-12;

/** When decisions fall, in years from the start, and what cash earns. */
export interface Schedule {
  readonly times: Float64Array;
  readonly rate: number;
}

/** @param bands of each `optimal` leaf of the policy. RangeError where one lacks its band, or the strategy is no good. */
export function openDecider(
  schedule: Schedule,
  valuation: Valuation,
  strategy: HedgeStrategy,
  bands: readonly EdgeSource[],
): Decider {
  const { target, forecastVol = 1 } = strategy;
  if (!Number.isFinite(target)) throw new RangeError('the target must be finite');
  if (!(forecastVol > 0 && forecastVol < Infinity)) throw new RangeError('forecastVol must be above 0 and finite');
  const policy = compilePolicy(strategy.policy);
  if (bands.length < policy.optimalLeaves.length) throw new RangeError('an optimal rule has no band');
  if (isClock(strategy.policy)) return openClock(schedule, strategy, policy);
  return openGeneral(
    schedule,
    strategy,
    policy,
    openModifiedDeltas(valuation, strategy.deltaConvention, policy),
    bands,
  );
}

/** Whether time alone decides when, so that all paths trade at once, and to the target. */
function isClock({ rule, minInterval, coolDown, minTrade, maxTrade }: Policy): boolean {
  return rule.kind === 'interval' && minInterval === 0 && coolDown === 0 && minTrade === 0 && maxTrade === Infinity;
}

function openClock(schedule: Schedule, strategy: HedgeStrategy, policy: CompiledPolicy): Decider {
  const strikes = strikingSteps(policy, schedule);
  const { deltaConvention, target } = strategy;
  const { hedgeRatio } = strategy.policy;
  const rates = costRatesOf(strategy.costs);
  const room = new Float64Array(PATH_BLOCK);
  const units = new Float64Array(PATH_BLOCK);
  return {
    isDetailed: false,
    decide(accounts, rows, step, size) {
      const deltas = conventionDelta(DELTA_TERMS[deltaConvention], rows.spot, rows, room, size);
      if (strikes[step]) {
        writeUnits(accounts.hedge, target, hedgeRatio, deltas, units, size);
        trade(accounts, rates, units, rows.spot, size);
      }
      noteError(accounts, target, deltas, size);
    },
  };
}

function writeUnits(
  hedge: Float64Array,
  target: number,
  hedgeRatio: number,
  deltas: Float64Array,
  units: Float64Array,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const held = hedge[i]!;
    const goal = target - hedgeRatio * deltas[i]!;
    const least = ROUNDING * (Math.abs(held) + Math.abs(goal) + Math.abs(deltas[i]!));
    units[i] = Math.abs(goal - held) > least ? goal - held : 0;
  }
}

/** The steps at which the policy itself would trade a hedge that is off its target. */
function strikingSteps(policy: CompiledPolicy, { times, rate }: Schedule): boolean[] {
  const state = { ...openState(rate, 0, 0), spot: 1, delta: 1, grossDelta: 1 };
  const decision = openDecision();
  return Array.from(times, (now) => {
    state.now = now;
    const strikes = policy.decide(state, [], [], decision).trade !== 0;
    if (strikes) state.lastTrade = state.now;
    return strikes;
  });
}

function noteError({ hedge, hedgeError }: Accounts, target: number, deltas: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) hedgeError[i] = Math.max(hedgeError[i]!, Math.abs(hedge[i]! + deltas[i]! - target));
}

/** A state before anything has happened. */
function openState(rate: number, costRate: number, target: number): HedgeState {
  return {
    now: 0,
    lastLook: -Infinity,
    lastTrade: -Infinity,
    spot: 0,
    rate,
    delta: 0,
    gamma: 0,
    grossDelta: 0,
    intrinsicDelta: 0,
    vol: 0,
    years: 0,
    costRate,
    target,
    hedge: 0,
  };
}

function openGeneral(
  { times, rate }: Schedule,
  strategy: HedgeStrategy,
  policy: CompiledPolicy,
  modified: ModifiedDeltas,
  bands: readonly EdgeSource[],
): Decider {
  const { deltaConvention, target, forecastVol } = strategy;
  const state = openState(rate, proportionalCost(strategy.costs), target);
  const rates = costRatesOf(strategy.costs);
  const room = new Float64Array(PATH_BLOCK);
  const units = new Float64Array(PATH_BLOCK);
  const leafDeltas = new Float64Array(policy.modifiedLeaves);
  const edges = new Float64Array(2 * policy.optimalLeaves.length);
  const decision = openDecision();
  return {
    isDetailed: true,
    decide(accounts, rows, step, size) {
      const gross = rows.gross.get(deltaConvention)!;
      state.now = times[step]!;
      const deltas = conventionDelta(DELTA_TERMS[deltaConvention], rows.spot, rows, room, size);
      const read = (i: number) => {
        readState(state, accounts, rows, deltas, gross, i);
        if (forecastVol !== undefined) state.vol = forecastVol;
      };
      modified.write(state, read, rows, step, size);
      for (let i = 0; i < size; i++) {
        read(i);
        modified.read(i, leafDeltas);
        for (let leaf = 0; 2 * leaf < edges.length; leaf++) bands[leaf]!(step, state.spot, edges, 2 * leaf);
        // What the convention adds to Black and Scholes' delta moves the bands.
        for (let edge = 0; edge < edges.length; edge++) edges[edge] = edges[edge]! - (deltas[i]! - rows.delta[i]!);
        policy.decide(state, leafDeltas, edges, decision);
        units[i] = decision.trade;
        keepTime(accounts, i, state.now, decision);
      }
      trade(accounts, rates, units, rows.spot, size);
      noteError(accounts, target, deltas, size);
    },
  };
}

function readState(
  state: HedgeState,
  { hedge, lastLook, lastTrade }: Accounts,
  { spot, gamma, intrinsicDelta, vol, years }: BookRows,
  deltas: Float64Array,
  gross: Float64Array,
  i: number,
): void {
  state.lastLook = lastLook[i]!;
  state.lastTrade = lastTrade[i]!;
  state.spot = spot[i]!;
  state.delta = deltas[i]!;
  state.gamma = gamma[i]!;
  state.grossDelta = gross[i]!;
  state.intrinsicDelta = intrinsicDelta[i]!;
  state.vol = vol[i]!;
  state.years = years[i]!;
  state.hedge = hedge[i]!;
}

function keepTime({ lastLook, lastTrade }: Accounts, i: number, now: number, decision: Decision): void {
  if (decision.looked) lastLook[i] = now;
  if (decision.trade !== 0) lastTrade[i] = now;
}
