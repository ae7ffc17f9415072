import type { Alternative as Found, Leg } from '../quant/hedging/optimiser/model.ts';
import type { UnderlyingGreeks } from '../risk/model.ts';
import type { PlannedOrder, Target } from './model.ts';
import type { FrontierLeg, FrontierPoint, Optimise } from './optimiseModel.ts';
import { DAYS_PER_YEAR, keyOf, targetId } from './problem.ts';
import type { Tradable } from './universe.ts';
import { show } from './words.ts';

// How a point of the frontier is told.

/** The legs of an alternative with what each does to the book; `orders` are theirs. */
export function frontierLegs(
  tradables: readonly Tradable[],
  legs: readonly Leg[],
  orders: readonly PlannedOrder[],
): FrontierLeg[] {
  const actions = legs.map(({ candidate, quantity }) => actionOf(tradables[candidate]!, quantity));
  return legs.map(({ id }, i) => {
    const { currency: _currency, ...cost } = orders[i]!.estimatedCost;
    const { side, quantity } = orders[i]!;
    const rolls =
      actions[i] === 'open' && legs.some((other, j) => isReducing(actions[j]!) && isRolled(tradables, legs[i]!, other));
    return { symbol: id, action: rolls ? 'roll' : actions[i]!, side, quantity, cost };
  });
}

function actionOf({ held }: Tradable, quantity: number): FrontierLeg['action'] {
  if (held === 0) return 'open';
  if (Math.sign(held) === Math.sign(quantity)) return 'increase';
  const left = Math.abs(held) - Math.abs(quantity);
  if (left > 0) return 'reduce';
  return left === 0 ? 'close' : 'reverse';
}

function isReducing(action: FrontierLeg['action']): boolean {
  return action === 'close' || action === 'reduce';
}

/** Whether an option that is opened takes the place of one of its type that is given up: the same side of it. */
function isRolled(tradables: readonly Tradable[], opened: Leg, given: Leg): boolean {
  const [one, other] = [
    tradables[opened.candidate]!.tool.instrument.terms,
    tradables[given.candidate]!.tool.instrument.terms,
  ];
  if (one.kind !== 'option' || other.kind !== 'option' || one.optionType !== other.optionType) return false;
  const side = Math.sign(tradables[given.candidate]!.held);
  return keyOf(one) === keyOf(other) && Math.sign(opened.quantity) === side;
}

/** What an alternative is about. */
export interface Told {
  readonly optimise: Optimise;
  readonly deltaConvention: string;
  readonly currency: string;
  readonly targets: readonly Target[];
  readonly underlyings: readonly UnderlyingGreeks[];
  readonly isLeastRelaxed: boolean;
}

type Numbers = Pick<FrontierPoint, 'riskBefore' | 'residualRisk' | 'stress' | 'cost' | 'legs'>;

/** In words: what is traded, what it costs and leaves, what was asked for, and what had to give way. */
export function reasonsOf(told: Told, { names, relaxed, gap }: Found, numbers: Numbers): string[] {
  const { optimise, deltaConvention, currency, targets, underlyings, isLeastRelaxed } = told;
  const { horizonDays, crossHedges } = optimise;
  const { legs, riskBefore, residualRisk, stress, cost } = numbers;
  const traded =
    legs.length === 0
      ? 'Nothing is traded'
      : legs.map(({ action, side, quantity, symbol }) => `${side} ${quantity} ${symbol} (${action})`).join(', ');
  const goals = targets.map((target) => {
    const held = underlyings.find((each) => keyOf(each) === keyOf(target));
    const value = held && !target.tenorDays ? ` from ${show(held[target.greek])}` : '';
    return `${targetId(target)}${value} to ${show(target.target)} ± ${show(target.tolerance)}`;
  });
  return [
    `${names.join(' and ')} in ${currency}: ${traded}. It costs about ${cost.total} and takes the risk of ${show(horizonDays)} days from ${show(riskBefore)} to ${show(residualRisk)}; the worst named shock from ${show(stress?.worst.before ?? 0)} to ${show(stress?.worst.after ?? 0)}`,
    `What was asked for, at the ${deltaConvention} delta: ${goals.join('; ')}`,
    ...relaxed.map(
      ({ id, priority, value, by }) =>
        `${id} had to give way, at priority ${priority}: it comes to ${show(value)}, ${show(by)} outside`,
    ),
    ...(relaxed.length > 0 && !isLeastRelaxed ? ['It is not proved that less could not have given way'] : []),
    ...crossHedges
      .filter(({ quote }) => quote === currency)
      .map((cross) => crossReason(cross, underlyings, horizonDays)),
    ...(gap > 0.01 && gap < 1 ? [`It is proved to be within ${show(100 * gap)} % of the best`] : []),
  ];
}

function crossReason(
  cross: Optimise['crossHedges'][number],
  underlyings: readonly UnderlyingGreeks[],
  horizonDays: number,
): string {
  const held = underlyings.find((each) => keyOf(each) === keyOf(cross));
  const basis = Math.abs(held?.deltaCash ?? 0) * cross.basisVol * Math.sqrt(horizonDays / DAYS_PER_YEAR);
  return `${cross.underlying} is hedged with ${cross.with} at a beta of ${show(cross.beta)}; what beta does not explain leaves ${show(basis)} of risk`;
}
