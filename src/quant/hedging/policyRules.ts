import {
  lelandVarianceFactor,
  whalleyWilmottHalfWidth,
  zakamoulineHalfWidth,
  zakamoulineVarianceFactor,
} from './bands.ts';
import type { HedgeState, Policy, Rule, ToleranceUnit } from './policy.ts';

/** One node of a rule, compiled. `look` leaves its answer in the fields: hedge positions, in units of the underlying. */
export interface RuleNode {
  readonly look: (state: HedgeState, deltas: ArrayLike<number>, edges: ArrayLike<number>) => void;
  /** What the node leaves alone: a point where it always trades, all numbers where it never does. */
  lower: number;
  upper: number;
  /** The middle of its band: where it trades to when it trades to the target. */
  centre: number;
  /** Whether it would trade. */
  wants: boolean;
  /** Where it would trade to, if it wants to. */
  goal: number;
}

export interface CompiledRule {
  readonly root: RuleNode;
  /** Variance factors of the leaves that read a delta of their own, in the order of the tree. */
  readonly factors: readonly ((state: HedgeState) => number)[];
  /** Risk aversions of the leaves that read solved edges, in the order of the tree. */
  readonly optimal: readonly number[];
}

interface Compiler {
  readonly policy: Policy;
  readonly factors: ((state: HedgeState) => number)[];
  readonly optimal: number[];
}

/** An edge that was traded to is reached to rounding only: so much of hedge, edge and gross delta is not past it. */
const ROUNDING = 1e-12;
/** Clocks run on sums of steps: one that lacks a millionth of its time has struck. */
const EARLY = 1e-6;

/** Whether `since` ≥ `years`, to the rounding of clocks. */
export function elapsed(since: number, years: number): boolean {
  return since >= years * (1 - EARLY);
}

/** Whether the hedge is at `position`, to the rounding of the trade that led there. */
export function isAt(position: number, state: HedgeState): boolean {
  return Math.abs(position - state.hedge) <= slack(position, state);
}

function slack(position: number, { hedge, grossDelta }: HedgeState): number {
  return ROUNDING * (Math.abs(hedge) + Math.abs(position) + grossDelta);
}

export function compileRule(policy: Policy): CompiledRule {
  const compiler: Compiler = { policy, factors: [], optimal: [] };
  const root = compile(policy.rule, compiler);
  return { root, factors: compiler.factors, optimal: compiler.optimal };
}

function compile(rule: Rule, compiler: Compiler): RuleNode {
  switch (rule.kind) {
    case 'interval':
      return clock(rule.years, wantedOf(compiler.policy));
    case 'delta_tolerance':
      return tolerance(rule, compiler.policy);
    case 'leland':
      return leland(rule.periodYears, compiler);
    case 'whalley_wilmott':
      return whalleyWilmott(rule.riskAversion, compiler.policy);
    case 'zakamouline':
      return zakamouline(rule.riskAversion, compiler);
    case 'optimal':
      return optimal(rule.riskAversion, compiler);
    case 'stop_loss':
      return stopLoss(compiler.policy);
    case 'all_of':
      return allOf(rule.rules.map((each) => compile(each, compiler)));
    case 'any_of':
      return anyOf(rule.rules.map((each) => compile(each, compiler)));
    case 'not':
      return not(compile(rule.rule, compiler), wantedOf(compiler.policy));
  }
}

type Position = (state: HedgeState, deltas: ArrayLike<number>) => number;

/** The position that leaves the target of net delta when the share `hedgeRatio` of the book's delta is hedged. */
function wantedOf({ hedgeRatio }: Policy): Position {
  return (state) => state.target - hedgeRatio * state.delta;
}

/** As {@link wantedOf}, at the variance of the leaf that is added to the compiler here. */
function modifiedOf({ policy, factors }: Compiler, factor: (state: HedgeState) => number): Position {
  const leaf = factors.push(factor) - 1;
  return (state, deltas) => state.target - policy.hedgeRatio * deltas[leaf]!;
}

function openNode(look: (node: RuleNode, ...given: Parameters<RuleNode['look']>) => void): RuleNode {
  const node: RuleNode = {
    look: (state, deltas, edges) => look(node, state, deltas, edges),
    lower: -Infinity,
    upper: Infinity,
    centre: 0,
    wants: false,
    goal: 0,
  };
  return node;
}

function clock(years: number, position: Position): RuleNode {
  return openNode((node, state, deltas) => {
    node.centre = position(state, deltas);
    strike(node, elapsed(state.now - state.lastTrade, years));
  });
}

/** Trades to its centre, or leaves every position alone. */
function strike(node: RuleNode, wants: boolean): void {
  node.wants = wants;
  node.goal = node.centre;
  node.lower = wants ? node.centre : -Infinity;
  node.upper = wants ? node.centre : Infinity;
}

/** Leaves `lower` … `upper` alone, and trades from outside to where the policy says. */
function keep(node: RuleNode, state: HedgeState, policy: Policy): void {
  const { lower, upper, centre } = node;
  const below = state.hedge < lower - slack(lower, state);
  node.wants = below || state.hedge > upper + slack(upper, state);
  if (!node.wants) return;
  const edge = below ? lower : upper;
  if (policy.rebalanceTo === 'edge') node.goal = edge;
  else if (policy.rebalanceTo === 'target') node.goal = centre;
  else node.goal = centre + policy.innerFraction * (edge - centre);
}

function tolerance(rule: Extract<Rule, { kind: 'delta_tolerance' }>, policy: Policy): RuleNode {
  const wanted = wantedOf(policy);
  return openNode((node, state, deltas) => {
    node.centre = wanted(state, deltas);
    node.lower = node.centre - inUnderlying(rule.below, rule.unit, state);
    node.upper = node.centre + inUnderlying(rule.above, rule.unit, state);
    keep(node, state, policy);
  });
}

function inUnderlying(size: number, unit: ToleranceUnit, { spot, grossDelta }: HedgeState): number {
  if (unit === 'absolute' || size === 0 || size === Infinity) return size;
  return unit === 'cash' ? size / spot : size * grossDelta;
}

function leland(periodYears: number, compiler: Compiler): RuleNode {
  const factor = (state: HedgeState) => lelandVarianceFactor(state, periodYears, state.gamma);
  return clock(periodYears, modifiedOf(compiler, factor));
}

function whalleyWilmott(riskAversion: number, policy: Policy): RuleNode {
  const width = (state: HedgeState) => whalleyWilmottHalfWidth(state, policy.hedgeRatio * state.gamma, riskAversion);
  return symmetric(wantedOf(policy), width, policy);
}

function zakamouline(riskAversion: number, compiler: Compiler): RuleNode {
  const { policy } = compiler;
  const hedged = (state: HedgeState) => policy.hedgeRatio * state.gamma;
  const position = modifiedOf(compiler, (state) => zakamoulineVarianceFactor(state, hedged(state), riskAversion));
  // Its first term grows without end as an expiry comes near; when nothing is left to hedge, the hedge has no band to stay in.
  const width = (state: HedgeState) =>
    state.grossDelta > 0 ? zakamoulineHalfWidth(state, hedged(state), riskAversion) : 0;
  return symmetric(position, width, policy);
}

function symmetric(position: Position, width: (state: HedgeState) => number, policy: Policy): RuleNode {
  return openNode((node, state, deltas) => {
    const half = width(state);
    node.centre = position(state, deltas);
    node.lower = node.centre - half;
    node.upper = node.centre + half;
    keep(node, state, policy);
  });
}

/**
 * The edges are solved for the whole book. A share h of it is hedged as a book of its own: what the edges are off the delta
 * shrinks with h^⅔, as Whalley & Wilmott's half-width does with gamma.
 */
function optimal(riskAversion: number, { policy, optimal: leaves }: Compiler): RuleNode {
  const leaf = leaves.push(riskAversion) - 1;
  const wanted = wantedOf(policy);
  const share = Math.cbrt(policy.hedgeRatio) ** 2;
  return openNode((node, state, deltas, edges) => {
    const position = wanted(state, deltas);
    node.lower = position + share * (edges[2 * leaf]! + state.delta);
    node.upper = position + share * (edges[2 * leaf + 1]! + state.delta);
    node.centre = 0.5 * (node.lower + node.upper);
    keep(node, state, policy);
  });
}

function stopLoss(policy: Policy): RuleNode {
  return openNode((node, state) => {
    node.centre = state.target - policy.hedgeRatio * state.intrinsicDelta;
    node.lower = node.centre;
    node.upper = node.centre;
    keep(node, state, policy);
  });
}

function allOf(nodes: readonly RuleNode[]): RuleNode {
  const first = nodes[0]!;
  return openNode((node, state, deltas, edges) => {
    node.lower = Infinity;
    node.upper = -Infinity;
    node.wants = true;
    for (const each of nodes) {
      each.look(state, deltas, edges);
      node.lower = Math.min(node.lower, each.lower);
      node.upper = Math.max(node.upper, each.upper);
      node.wants &&= each.wants;
    }
    node.centre = first.centre;
    node.goal = first.goal;
  });
}

/**
 * Where nothing is common to the bands, a rule that contradicts those before it does not narrow them; the position traded to
 * is drawn into what is left, so that two rules never trade against each other for ever.
 */
function anyOf(nodes: readonly RuleNode[]): RuleNode {
  return openNode((node, state, deltas, edges) => {
    node.lower = -Infinity;
    node.upper = Infinity;
    node.wants = false;
    node.centre = 0;
    for (let i = 0; i < nodes.length; i++) {
      const each = nodes[i]!;
      each.look(state, deltas, edges);
      if (i === 0) node.centre = each.centre;
      if (each.wants && !node.wants) node.goal = each.goal;
      node.wants ||= each.wants;
      const lower = Math.max(node.lower, each.lower);
      const upper = Math.min(node.upper, each.upper);
      if (lower > upper) continue;
      node.lower = lower;
      node.upper = upper;
    }
    if (node.wants) node.goal = Math.min(Math.max(node.goal, node.lower), node.upper);
  });
}

function not(negated: RuleNode, position: Position): RuleNode {
  return openNode((node, state, deltas, edges) => {
    negated.look(state, deltas, edges);
    node.centre = position(state, deltas);
    strike(node, !negated.wants);
  });
}
