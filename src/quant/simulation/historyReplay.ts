import type { Kernel } from '../kernel/contract.ts';
import { type BookRows, closePricer, createBookRows, openPricer } from './bookRows.ts';
import {
  accrue,
  type Accounts,
  carryOver,
  closeAccounts,
  costRatesOf,
  createAccounts,
  openAccounts,
  receive,
} from './hedgeAccounts.ts';
import { type EdgeSource, openDecider } from './hedgeDecisions.ts';
import {
  type HedgeShard,
  type HedgeStrategy,
  OPTION_COLUMNS,
  type Settlement,
  STRATEGY_COLUMNS,
} from './hedgeSetup.ts';
import { fillHistory, type History, historyFault } from './history.ts';
import { type HistoryValuation, historyValuation } from './historyValuation.ts';
import { createExplain, type Explain, explainStep } from './optionExplain.ts';
import { PATH_BLOCK } from './pathNormals.ts';

export interface ReplayTerms {
  /** Whether cash earns the rate, and the hedge the dividend yield. */
  readonly financing: boolean;
  readonly settlement: Settlement;
}

/**
 * Hedges a recorded book along its history with every strategy. Accounts start with nothing; the book is traded at its marks, at
 * no cost, when its quantities change; decisions fall on every instant but the last, at which the hedge is liquidated.
 *
 * The result is read as that of a simulation with instants in place of paths: each column is what has come together up to and
 * with the instant, so that `pnl` is the equity curve, `trades` has the steps at which something was traded, and differences of
 * two instants are the attribution between them. pnl = optionPnl + hedgePnl + financing − cost holds at each.
 *
 * @param bands of each strategy, of each of its `optimal` leaves: step is the instant
 * @throws RangeError for a history or a policy that cannot be replayed
 */
export function replayHistory(
  kernel: Kernel,
  history: History,
  terms: ReplayTerms,
  strategies: readonly HedgeStrategy[],
  bands: readonly (readonly EdgeSource[])[] = [],
): HedgeShard {
  const fault = strategies.length === 0 ? 'there is no strategy' : historyFault(history);
  if (fault) throw new RangeError(fault);
  const pricer = openPricer(kernel);
  try {
    const count = history.times.length;
    const { times, spots, rate } = history;
    const valuation = historyValuation(pricer, times, spots, rate, fillHistory(history));
    const options = new Float64Array(OPTION_COLUMNS.length * count);
    const columns = strategies.map((strategy, index) => {
      const output = new Float64Array(STRATEGY_COLUMNS.length * count);
      replayStrategy(history, terms, valuation, strategy, bands[index] ?? [], { options, output });
      return output;
    });
    return { from: 0, to: count, options, strategies: columns };
  } finally {
    closePricer(pricer);
  }
}

interface Outputs {
  /** The same whatever the strategy. */
  readonly options: Float64Array;
  readonly output: Float64Array;
}

function replayStrategy(
  history: History,
  { financing, settlement }: ReplayTerms,
  valuation: HistoryValuation,
  strategy: HedgeStrategy,
  bands: readonly EdgeSource[],
  outputs: Outputs,
): void {
  const { times, rate } = history;
  const rates = costRatesOf(strategy.costs);
  const last = times.length - 1;
  const decider = openDecider({ times: times.subarray(0, last), rate }, valuation, strategy, bands);
  const accounts = createAccounts();
  const explain = createExplain();
  const vegaGains = new Float64Array(PATH_BLOCK);
  let [now, before] = [createBookRows([strategy.deltaConvention]), createBookRows([strategy.deltaConvention])];
  valuation.value(now, 0, 0);
  openAccounts(accounts, now, 1);
  for (let at = 0; ; at++) {
    if (at < last) decider.decide(accounts, now, at, 1);
    else closeAccounts(accounts, rates, now, 1);
    record(accounts, explain, now, outputs, at, times.length);
    if (at === last) return;
    const years = times[at + 1]! - times[at]!;
    [now, before] = [before, now];
    vegaGains[0] = valuation.vegaGain(at + 1);
    const settled = valuation.value(now, at + 1, at);
    explainStep(explain, before, now, vegaGains, years, 1);
    accrue(accounts, rates, carryOver(history, financing, years), before.spot, now.spot, 1);
    if (settled) receive(accounts, now, settlement, 1);
    tradeBook(accounts, valuation, now, at + 1);
  }
}

/** From the book held until now to that held from now on, at the same marks. */
function tradeBook({ cash }: Accounts, valuation: HistoryValuation, now: BookRows, at: number): void {
  const before = now.value[0]!;
  valuation.value(now, at, at);
  cash[0] = cash[0]! - (now.value[0]! - before);
}

/** What has come together so far; pnl is what the accounts, the hedge and the book are worth. */
function record(
  accounts: Accounts,
  explain: Explain,
  now: BookRows,
  { options, output }: Outputs,
  at: number,
  count: number,
): void {
  const { hedge, cash, pnl, cost, fee, spread, impact, fixed, funding } = accounts;
  cost[0] = fee[0]! + spread[0]! + impact[0]! + fixed[0]! + funding[0]!;
  pnl[0] = cash[0]! + hedge[0]! * now.spot[0]! + now.value[0]!;
  OPTION_COLUMNS.forEach((name, c) => (options[c * count + at] = explain[name][0]!));
  STRATEGY_COLUMNS.forEach((name, c) => (output[c * count + at] = accounts[name][0]!));
}
