import type { Kernel } from '../kernel/contract.ts';
import { type BookRows, closePricer, createBookRows, openPricer, type Pricer } from './bookRows.ts';
import { marketValuation, type MarketValuation } from './bookValuation.ts';
import {
  accrue,
  type Accounts,
  carryOver,
  closeAccounts,
  type CostRates,
  costRatesOf,
  createAccounts,
  openAccounts,
  receive,
} from './hedgeAccounts.ts';
import { type Decider, type EdgeSource, openDecider } from './hedgeDecisions.ts';
import {
  type HedgeShard,
  type HedgeStrategy,
  type HedgeTerms,
  OPTION_COLUMNS,
  STRATEGY_COLUMNS,
  termsFault,
} from './hedgeSetup.ts';
import { createExplain, type Explain, explainStep, writeVegaGains } from './optionExplain.ts';
import type { PathFeed } from './pathFeed.ts';
import { PATH_BLOCK } from './pathNormals.ts';

interface Player {
  readonly rates: CostRates;
  readonly decider: Decider;
  readonly accounts: Accounts;
}

/** What a run over blocks works with: the same memory for every block. */
interface Stage {
  readonly terms: HedgeTerms;
  readonly feed: PathFeed;
  readonly valuation: MarketValuation;
  readonly players: readonly Player[];
  readonly isDetailed: boolean;
  readonly explain: Explain;
  readonly vegaGains: Float64Array;
  /** Now and one step before; they change places. */
  readonly rows: [BookRows, BookRows];
}

/**
 * Hedges the book on paths `from` … `to − 1` of the feed with every strategy, on the same paths each.
 *
 * The account starts with the premium of the book at the model, −Σq·V; decisions fall on steps 0 … steps − 1, costs are paid on
 * every trade, and at the horizon the hedge is liquidated and what is alive of the book stands at the model. A path is a
 * function of its number alone, so any cut into shards gives the same bits, in either form of the kernel.
 *
 * @param from a multiple of PATH_BLOCK
 * @param bands of each strategy, of each of its `optimal` leaves
 * @throws RangeError for terms, a policy or a range that cannot be simulated
 */
export function simulateHedges(
  kernel: Kernel,
  terms: HedgeTerms,
  feed: PathFeed,
  strategies: readonly HedgeStrategy[],
  bands: readonly (readonly EdgeSource[])[],
  from: number,
  to: number,
): HedgeShard {
  const fault = termsFault(terms);
  if (fault) throw new RangeError(fault);
  if (from % PATH_BLOCK !== 0 || from > to) throw new RangeError(`a shard starts at a multiple of ${PATH_BLOCK} paths`);
  const pricer = openPricer(kernel);
  try {
    const stage = openStage(terms, feed, pricer, strategies, bands);
    const shard = {
      from,
      to,
      options: new Float64Array(OPTION_COLUMNS.length * (to - from)),
      strategies: strategies.map(() => new Float64Array(STRATEGY_COLUMNS.length * (to - from))),
    };
    for (let start = from; start < to; start += PATH_BLOCK) {
      const size = Math.min(to - start, PATH_BLOCK);
      feed.load(start / PATH_BLOCK, size);
      runBlock(stage, size);
      copyOut(stage, shard, start, size);
    }
    return shard;
  } finally {
    closePricer(pricer);
  }
}

function openStage(
  terms: HedgeTerms,
  feed: PathFeed,
  pricer: Pricer,
  strategies: readonly HedgeStrategy[],
  bands: readonly (readonly EdgeSource[])[],
): Stage {
  const { steps, stepYears } = terms.grid;
  const valuation = marketValuation(pricer, terms);
  const schedule = {
    times: Float64Array.from({ length: steps }, (_, step) => step * stepYears),
    rate: terms.market.rate,
  };
  const players = strategies.map((strategy, index) => ({
    rates: costRatesOf(strategy.costs),
    decider: openDecider(schedule, valuation, strategy, bands[index] ?? []),
    accounts: createAccounts(),
  }));
  const conventions = new Set(strategies.map(({ deltaConvention }) => deltaConvention));
  const isDetailed = players.some(({ decider }) => decider.isDetailed);
  const rows: [BookRows, BookRows] = [createBookRows(conventions), createBookRows(conventions)];
  return {
    terms,
    feed,
    valuation,
    players,
    isDetailed,
    explain: createExplain(),
    vegaGains: new Float64Array(PATH_BLOCK),
    rows,
  };
}

function runBlock(stage: Stage, size: number): void {
  const { terms, players, explain, vegaGains } = stage;
  const { steps, stepYears } = terms.grid;
  const carry = carryOver(terms.market, terms.financing, stepYears);
  let [now, before] = stage.rows;
  look(stage, now, 0, size);
  for (const { accounts } of players) openAccounts(accounts, now, size);
  for (const row of Object.values(explain)) row.fill(0, 0, size);
  for (let step = 0; ; step++) {
    for (const { decider, accounts } of players) if (step < steps) decider.decide(accounts, now, step, size);
    if (step === steps) break;
    [now, before] = [before, now];
    const settled = look(stage, now, step + 1, size);
    writeVegaGains(before, now, vegaGains, size);
    explainStep(explain, before, now, vegaGains, stepYears, size);
    for (const { accounts, rates } of players) {
      accrue(accounts, rates, carry, before.spot, now.spot, size);
      if (settled) receive(accounts, now, terms.settlement, size);
    }
  }
  for (const { accounts, rates } of players) closeAccounts(accounts, rates, now, size);
}

/** Whether anything is settled at the step. */
function look({ feed, valuation, isDetailed }: Stage, rows: BookRows, step: number, size: number): boolean {
  feed.read(step, rows.spot, rows.vol, size);
  return valuation.value(rows, step, size, isDetailed);
}

function copyOut(
  { explain, players }: Stage,
  { from, to, options, strategies }: HedgeShard,
  start: number,
  size: number,
): void {
  const place = (index: number) => index * (to - from) + start - from;
  OPTION_COLUMNS.forEach((name, c) => options.set(explain[name].subarray(0, size), place(c)));
  players.forEach(({ accounts }, s) =>
    STRATEGY_COLUMNS.forEach((name, c) => strategies[s]!.set(accounts[name].subarray(0, size), place(c))),
  );
}
