import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import { yearsTo, type MarketView, type UnderlyingView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { PricingPool } from '../pricing/service.ts';
import { explainLinear } from './explainLinear.ts';
import { EXPLAINED, nothing, unexplained, type Explained } from './explainTerms.ts';
import type { Explain, ExplainFailure, UnderlyingExplain } from './scenarioResult.ts';
import {
  LARGEST,
  marketOf,
  NOT_REPRESENTABLE,
  pricingInputOf,
  writeInputs,
  type Reason,
  type ValuedShard,
} from './valuation.ts';

interface Sums {
  readonly row: BookRow;
  readonly terms: Explained;
}

/** Values a book in a second market, shard by shard, and keeps sums per underlying. */
export function createExplain(pool: Pick<PricingPool, 'price'>, before: MarketView, after: MarketView) {
  const sums = new Map<string, Sums>();
  const failures: ExplainFailure[] = [];
  let explained = 0;
  let unvalued = 0;

  const take = (row: BookRow, outcome: Explained | Reason): void => {
    const result = 'code' in outcome || isRepresentable(outcome) ? outcome : NOT_REPRESENTABLE;
    if ('code' in result) {
      unvalued += 1;
      if (failures.length < MAX_FAULTS) failures.push({ positionId: row.positionId, ...result });
      return;
    }
    explained += 1;
    const key = `${row.underlying}/${row.quote}`;
    const into = sums.get(key) ?? { row, terms: nothing() };
    sums.set(key, into);
    for (const name of EXPLAINED) into.terms[name] += result[name];
  };

  return {
    /** Adds the positions that were valued in the first market. */
    async add(shard: ValuedShard, book: readonly BookRow[]): Promise<void> {
      const outcomes = await explainRows(pool, before, after, shard, book);
      book.forEach((row, i) => {
        if (!(i in shard.failures)) take(row, outcomes[i]!);
      });
    },

    report(): Explain {
      const ordered = [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
      const underlyings = ordered.map(([, { row, terms }]) => underlyingExplain(before, after, row, terms));
      return {
        marketSnapshotId: after.id,
        from: before.asOf.toISOString(),
        to: after.asOf.toISOString(),
        ...{ explained, unvalued, failures, underlyings },
        cash: cashExplain(underlyings),
      };
    },
  };
}

/** What each position of a shard that was valued in the first market made until the second; the reason of the shard where it was not. */
export async function explainRows(
  pool: Pick<PricingPool, 'price'>,
  before: MarketView,
  after: MarketView,
  shard: ValuedShard,
  book: readonly BookRow[],
): Promise<(Explained | Reason)[]> {
  const options = await explainOptions(pool, before, after, shard, book);
  return book.map((row, i) => shard.failures[i] ?? options.get(i) ?? explainOther(before, after, row));
}

function isRepresentable(explained: Explained): boolean {
  return EXPLAINED.every((name) => Math.abs(explained[name]) <= LARGEST);
}

function underlyingExplain(
  before: MarketView,
  after: MarketView,
  { underlying, quote }: BookRow,
  terms: Explained,
): UnderlyingExplain {
  return {
    ...{ underlying, quote },
    spotBefore: before.underlying(underlying, quote)!.spot.mark,
    spotAfter: after.underlying(underlying, quote)!.spot.mark,
    ...terms,
    unexplained: unexplained(terms),
  };
}

function cashExplain(underlyings: readonly UnderlyingExplain[]): Explain['cash'] {
  return [...new Set(underlyings.map(({ quote }) => quote))].map((currency) => {
    const terms = nothing();
    for (const each of underlyings.filter(({ quote }) => quote === currency))
      for (const name of EXPLAINED) terms[name] += each[name];
    return { currency, ...terms, unexplained: unexplained(terms) };
  });
}

/** Spot, contracts and shares of pools. */
function explainOther(before: MarketView, after: MarketView, row: BookRow): Explained | Reason {
  const view = marketOf(after, row);
  if ('code' in view) return view;
  const years = yearsTo(before.asOf.getTime(), after.asOf.getTime());
  return explainLinear(before.underlying(row.underlying, row.quote)!, view, row, before.asOf.getTime(), years);
}

/** By row of the book. All options that the second market can price are priced in one call. */
async function explainOptions(
  pool: Pick<PricingPool, 'price'>,
  before: MarketView,
  after: MarketView,
  { options }: ValuedShard,
  book: readonly BookRow[],
): Promise<Map<number, Explained | Reason>> {
  const outcomes = new Map<number, Explained | Reason>();
  const values = new Float64Array(options.rows.length * INPUT_COLUMNS.length);
  const found: { row: number; option: number }[] = [];
  options.rows.forEach((row, option) => {
    const reason = writeInputs(values, found.length, after, book[row]!);
    if (reason) outcomes.set(row, reason);
    else found.push({ row, option });
  });
  if (found.length === 0) return outcomes;
  const priced = await pool.price(pricingInputOf(values, found.length), found.length);
  const years = yearsTo(before.asOf.getTime(), after.asOf.getTime());
  found.forEach(({ row, option }, i) => {
    const position = book[row]!;
    const inputs = values.subarray(i * INPUT_COLUMNS.length, (i + 1) * INPUT_COLUMNS.length);
    const first = firstOf(options, option);
    const view = before.underlying(position.underlying, position.quote)!;
    const second = { ...secondOf(view, after.underlying(position.underlying, position.quote)!, position, inputs) };
    outcomes.set(row, explainOption(position, first, { ...second, price: priced[i]! }, years));
  });
  return outcomes;
}

export type First = Record<(typeof INPUT_COLUMNS)[number] | (typeof OUTPUT_COLUMNS)[number], number>;

/** What the kernel was asked and answered of an option in the first market. */
export function firstOf({ input, priced, rows }: ValuedShard['options'], option: number): First {
  const named = (names: readonly string[], columns: Float64Array) =>
    names.map((name, c) => [name, columns[c * rows.length + option]!]);
  return Object.fromEntries([...named(INPUT_COLUMNS, input), ...named(OUTPUT_COLUMNS, priced)]) as First;
}

interface Second {
  readonly price: number;
  readonly spot: number;
  readonly rate: number;
  readonly carry: number;
  readonly vol: number;
}

/**
 * The second market in the terms of the first: where that lists forwards, an option moves with the forward of its expiry;
 * where it gives a carry, with spot, and the carry of the second market is what leads to its forward.
 */
function secondOf(
  before: UnderlyingView,
  after: UnderlyingView,
  { expiryMs }: BookRow,
  inputs: Float64Array,
): Omit<Second, 'price'> {
  const at = (name: (typeof INPUT_COLUMNS)[number]) => inputs[INPUT_COLUMNS.indexOf(name)]!;
  const forward = after.forward(expiryMs!)!;
  const terms = { rate: at('rate'), vol: at('vol') };
  if (before.carry === undefined) return { ...terms, spot: forward, carry: 0 };
  const spot = after.spot.mark;
  return { ...terms, spot, carry: after.carry ?? Math.log(forward / spot) / at('time') };
}

/** Taylor's expansion to second order, less the terms in time² and in rates beyond the first. */
export function explainOption(row: BookRow, first: First, second: Second, years: number): Explained {
  const size = row.quantity * row.multiplier;
  const move = second.spot - first.spot;
  const vol = second.vol - first.vol;
  // V(S, b, r) = e^(−rT)·f(S·e^(bT)): ∂V/∂r = −T·V at a fixed carry, ∂V/∂b = T·S·delta.
  const rates =
    first.time * (first.spot * first.delta * (second.carry - first.carry) - first.price * (second.rate - first.rate));
  return {
    profit: size * (second.price - first.price),
    delta: size * first.delta * move,
    gamma: (size * first.gamma * move * move) / 2,
    vega: size * first.vega * vol,
    theta: size * first.theta * years,
    rho: size * rates,
    vanna: size * first.vanna * move * vol,
    volga: (size * first.volga * vol * vol) / 2,
    charm: size * first.charm * move * years,
  };
}
