import { resolveInstrument } from '../instruments/service.ts';
import type { MarketView } from '../market/service.ts';
import type { PricingPool } from '../pricing/service.ts';
import { NO_COSTS, proportionalCost, type CostModel } from '../quant/hedging/cost.ts';
import type { HedgeState } from '../quant/hedging/policy.ts';
import { compilePolicy, openDecision } from '../quant/hedging/policyDecision.ts';
import { deltaAtVariance, HedgedBook, hedgeState, type Books } from './book.ts';
import { toolsOf } from './candidates.ts';
import { costModelOf, toolsFor, type Tool } from './tools.ts';
import type { Target } from './model.ts';
import { needOfPolicy, type Need } from './need.ts';
import { quantPolicy, type HedgePolicy } from './policyModel.ts';

/** The no-trade band of the hedge position now, solved for the book; for a target of 0 and all of it hedged. */
export type BandOf = (
  book: HedgedBook,
  state: HedgeState,
  riskAversion: number,
  /** Between two looks at the hedge; 0 where it is always watched. */
  lookYears: number,
) => Promise<[number, number]>;

export interface PolicyInForce {
  readonly policy: HedgePolicy;
  readonly policyId: string | null;
  readonly policyVersion: number | null;
}

export interface DecideDeps {
  pool: Pick<PricingPool, 'price'>;
  bandOf: BandOf;
}

export interface Situation {
  market: MarketView;
  books: Books;
  tools: readonly Tool[];
  costs: CostModel;
  convention: string;
  /** When each underlying was last traded, by `BTC/USD`. */
  lastTrades: ReadonlyMap<string, Date>;
}

/** What a policy decides for one underlying. */
export async function decideByPolicy(
  { pool, bandOf }: DecideDeps,
  { policy, policyId, policyVersion }: PolicyInForce,
  situation: Situation,
  target: Target,
): Promise<Need> {
  const { market, books, lastTrades, convention } = situation;
  const { underlying, quote } = target;
  const book = books.get(`${underlying}/${quote}`) ?? new HedgedBook(underlying, quote);
  const tools = policyTools(policy, target);
  const state = hedgeState(book, market, {
    target: target.target,
    costRate: costRateOf(toolsOf({ tools: tools.all }, situation), target, situation),
    lastTradeMs: lastTrades.get(`${underlying}/${quote}`)?.getTime() ?? -Infinity,
    forecastVol: policy.forecastVol,
  });
  const stepYears = 0; // a plan knows no grid: policies that count in steps are refused at submission
  const compiled = compilePolicy(quantPolicy(policy, stepYears));
  const factors = new Float64Array(compiled.modifiedLeaves);
  compiled.factors(state, factors);
  const deltas = await Promise.all([...factors].map((factor) => deltaAtVariance(pool, book, factor)));
  const { minInterval } = quantPolicy(policy, stepYears);
  const edges = await Promise.all(
    compiled.optimalLeaves.map((riskAversion) => bandOf(book, state, riskAversion, minInterval)),
  );
  const decision = compiled.decide(state, deltas, edges.flat(), openDecision());
  const { rebalanceTo } = quantPolicy(policy, stepYears);
  const side = decision.trade > 0 ? tools.buy : tools.sell;
  const about = {
    ...{ kind: policy.kind, policyId, policyVersion, rebalanceTo, tools: side, maxClips: policy.maxClips },
    hasOptions: book.optionCount > 0,
  };
  return needOfPolicy(target, convention, state, decision, about);
}

/** The instruments of the policy that are of the underlying of the target, by side. */
function policyTools({ instruments = {} }: HedgePolicy, { underlying, quote }: Target) {
  const of = (given: NonNullable<HedgePolicy['instruments']>['buy']): Tool[] => {
    const resolved = given === undefined ? undefined : resolveInstrument(given);
    if (!resolved?.ok) return []; // what cannot be resolved was refused when the policy was stored
    const { terms } = resolved.instrument;
    return terms.underlying === underlying && terms.quote === quote ? [{ instrument: resolved.instrument }] : [];
  };
  const [buy, sell] = [of(instruments.buy), of(instruments.sell)];
  return { buy, sell, all: [...buy, ...sell] };
}

/** λ of the first instrument that would be traded, at its quoted spread. */
function costRateOf(tools: readonly Tool[], target: Target, { market, costs }: Situation): number {
  const [tool] = toolsFor(tools, target, market);
  const quote = tool && market.underlying(target.underlying, target.quote)?.quoteOf(tool.instrument.terms);
  return proportionalCost(tool && quote ? costModelOf(tool, costs, quote) : { ...NO_COSTS, ...costs });
}
