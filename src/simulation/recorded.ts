import { resolveInstrument } from '../instruments/service.ts';
import type { OptionTerms } from '../instruments/model.ts';
import { isMissing, yearsTo, type Market, type MarketMark, type MarketView } from '../market/service.ts';
import { pointer, Problem, type Fault } from '../platform/problem.ts';
import { pricingInput, type PricingPool } from '../pricing/service.ts';
import { INPUT_COLUMNS } from '../quant/pricing/black.ts';
import type { History, HistoryOption } from '../quant/simulation/history.ts';
import type { SnapshotsInput } from './model.ts';

// A sequence of stored market snapshots as a history of the engine.

/** Snapshots of one backtest at most. */
export const MAX_SNAPSHOTS = 5_000;
/** Snapshots × bands that are solved at each of them, a tenth of a second each. */
const MAX_BANDS = 10_000;

interface Leg {
  readonly terms: OptionTerms;
  readonly quantity: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The history, and the instants that it is of. */
export interface Recorded {
  readonly history: History;
  readonly instants: readonly string[];
}

/** What is wrong with the legs, each at its place in the request. */
export function legFaults({ legs, underlying, quote }: SnapshotsInput): Fault[] {
  return legs.flatMap(({ instrument }, i): Fault[] => {
    const at = pointer(['history', 'legs', i, 'instrument']);
    const resolved = resolveInstrument(instrument);
    if (!resolved.ok) return [{ pointer: at, code: resolved.code, detail: resolved.detail }];
    const { terms } = resolved.instrument;
    if (terms.kind !== 'option')
      return [{ pointer: at, code: 'not_an_option', detail: 'The book of a backtest is made of options' }];
    if (terms.underlying !== underlying || terms.quote !== quote)
      return [{ pointer: at, code: 'mismatch', detail: `It is not of ${underlying}/${quote}` }];
    return [];
  });
}

/** Options are marked at the volatilities of the snapshots and settled at the last price of spot before they expire. */
export async function recordedHistory(
  { market, pool }: { market: Market; pool: Pick<PricingPool, 'price'> },
  tenantId: string,
  input: SnapshotsInput,
  { needsSlopes, optimalRules }: { needsSlopes: boolean; optimalRules: number },
): Promise<Recorded> {
  const marks = await marksOf(market, tenantId, input);
  if (marks.length * optimalRules > MAX_BANDS)
    throw new Problem(
      'validation_failed',
      `Optimal rules × snapshots must not be above ${MAX_BANDS}, and there are ${optimalRules} × ${marks.length}`,
    );
  const legs = input.legs.map(legOf);
  const options = legs.map((): Columns => openColumns(marks.length));
  const [times, spots] = [new Float64Array(marks.length), new Float64Array(marks.length)];
  const deliveries = new Map<number, number>();
  const startMs = marks[0]!.asOf.getTime();
  let rate = 0;
  for (const [at, mark] of marks.entries()) {
    const view = await market.view(tenantId, mark.id);
    const underlying = view.underlying(input.underlying, input.quote)!;
    const hedged = input.hedge === 'spot' ? underlying.spot : (underlying.perpetual ?? underlying.spot);
    times[at] = yearsTo(startMs, mark.asOf.getTime());
    spots[at] = hedged.mark;
    for (const leg of legs)
      if (expiryMs(leg) > mark.asOf.getTime()) deliveries.set(expiryMs(leg), underlying.spot.mark);
    rate = (await writeLegs(pool, view, input, legs, options, at, needsSlopes)) ?? rate;
  }
  const history: History = {
    ...{ times, spots, rate, dividendYield: 0 },
    options: legs.map((leg, i): HistoryOption => {
      const delivery = expiryMs(leg) <= marks.at(-1)!.asOf.getTime() ? deliveries.get(expiryMs(leg)) : undefined;
      return {
        sign: leg.terms.optionType === 'call' ? 1 : -1,
        strike: Number(leg.terms.strike),
        expiryYears: yearsTo(startMs, expiryMs(leg)),
        quantities: Float64Array.from(marks, ({ asOf }) => heldAt(leg, asOf)),
        ...options[i]!,
        ...(delivery === undefined ? {} : { deliveryPrice: delivery }),
      };
    }),
  };
  return { history, instants: marks.map(({ asOf }) => asOf.toISOString()) };
}

async function marksOf(market: Market, tenantId: string, input: SnapshotsInput): Promise<MarketMark[]> {
  const { underlying, quote, from, to } = input;
  const all = await market.marks(tenantId, new Date(from), new Date(to), MAX_SNAPSHOTS + 1);
  if (all.length > MAX_SNAPSHOTS)
    throw new Problem('validation_failed', `There are more than ${MAX_SNAPSHOTS} snapshots; ask for a shorter time`);
  const known = all.filter(({ underlyings }) => underlyings.includes(`${underlying}/${quote}`));
  const distinct = known.filter(({ asOf }, i) => asOf.getTime() !== known[i - 1]?.asOf.getTime());
  if (distinct.length >= 2) return distinct;
  throw new Problem(
    'validation_failed',
    `${distinct.length} market snapshots from ${from} to ${to} have ${underlying}/${quote}; a history has two at least`,
  );
}

function legOf({ instrument, quantity, from, until }: SnapshotsInput['legs'][number]): Leg {
  const resolved = resolveInstrument(instrument);
  if (!resolved.ok || resolved.instrument.terms.kind !== 'option')
    throw new Problem('validation_failed', 'A leg is not an option'); // refused at submission already
  return {
    terms: resolved.instrument.terms,
    quantity: Number(quantity),
    fromMs: from === undefined ? -Infinity : Date.parse(from),
    untilMs: until === undefined ? Infinity : Date.parse(until),
  };
}

function expiryMs({ terms }: Leg): number {
  return Date.parse(terms.expiry);
}

function heldAt({ quantity, fromMs, untilMs }: Leg, asOf: Date): number {
  return asOf.getTime() >= fromMs && asOf.getTime() < untilMs ? quantity : 0;
}

type Columns = Pick<HistoryOption, 'marks' | 'vols'> & { slopes: Float64Array; forwards: Float64Array };

function openColumns(length: number): Columns {
  const column = () => new Float64Array(length).fill(NaN);
  return { marks: column(), vols: column(), slopes: column(), forwards: column() };
}

/** Marks, volatilities, slopes and forwards of the legs that are alive and known in a snapshot. Answers the rate, if it tells one. */
async function writeLegs(
  pool: Pick<PricingPool, 'price'>,
  view: MarketView,
  { underlying, quote }: SnapshotsInput,
  legs: readonly Leg[],
  options: readonly Columns[],
  at: number,
  needsSlopes: boolean,
): Promise<number | undefined> {
  const market = view.underlying(underlying, quote)!;
  const known = legs.flatMap((leg, i) => {
    const inputs = market.pricing(expiryMs(leg), Number(leg.terms.strike));
    return isMissing(inputs) ? [] : [{ leg, inputs, columns: options[i]! }];
  });
  if (known.length === 0) return undefined;
  const input = pricingInput(known.length);
  known.forEach(({ leg, inputs }, i) => {
    const all = { ...inputs, strike: Number(leg.terms.strike), sign: leg.terms.optionType === 'call' ? 1 : -1 };
    INPUT_COLUMNS.forEach((name, c) => (input[c * known.length + i] = all[name]));
  });
  const prices = await pool.price(input, known.length);
  known.forEach(({ leg, inputs, columns }, i) => {
    columns.marks[at] = prices[i]!;
    columns.vols[at] = inputs.vol;
    columns.forwards[at] = market.forward(expiryMs(leg)) ?? NaN;
    const slope = needsSlopes ? market.slope(expiryMs(leg), Number(leg.terms.strike)) : NaN;
    if (!isMissing(slope)) columns.slopes[at] = slope;
  });
  return known[0]!.inputs.rate;
}
