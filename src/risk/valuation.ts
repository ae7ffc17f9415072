import { INPUT_COLUMNS, OUTPUT_COLUMNS } from '../quant/pricing/black.ts';
import { thetaPerDay, TRADER_DIVISORS } from '../quant/pricing/conventions.ts';
import {
  concentratedGreeks,
  constantProductGreeks,
  pegged,
  stableSwapGreeks,
  type LiquidityGreeks,
} from '../quant/pools/liquidityGreeks.ts';
import type { BookRow } from '../portfolios/model.ts';
import type { InstrumentTerms, LiquidityTerms } from '../instruments/model.ts';
import { isMissing, yearsTo, type MarketView, type Missing, type UnderlyingView } from '../market/service.ts';
import { pricingInput, type PricingPool } from '../pricing/service.ts';
import { RESULT_COLUMNS, type DeltaConvention, type ResultColumn, type Shard } from './model.ts';

const DAYS_PER_YEAR = 365;

/** Place of each column. */
export const INPUT = Object.fromEntries(INPUT_COLUMNS.map((name, i) => [name, i])) as Record<
  (typeof INPUT_COLUMNS)[number],
  number
>;
const OUTPUT = Object.fromEntries(OUTPUT_COLUMNS.map((name, i) => [name, i])) as Record<
  (typeof OUTPUT_COLUMNS)[number],
  number
>;

type Row = Record<ResultColumn, number>;
/** Why a number cannot be given. */
export interface Reason {
  code: string;
  detail: string;
}

/**
 * Values a run of positions. First what each needs is looked up in the market, then all options are priced in one call,
 * then the results are scaled to the position and to the API's units. A position that cannot be valued is a failure in
 * the shard, and never the failure of the run.
 */
export async function valueShard(
  pool: Pick<PricingPool, 'price'>,
  market: MarketView,
  book: BookRow[],
  convention: DeltaConvention,
  ordinal: number,
): Promise<ValuedShard> {
  const shard: Shard = {
    ordinal,
    positionIds: book.map((row) => row.positionId),
    columns: new Float64Array(book.length * RESULT_COLUMNS.length).fill(NaN),
    failures: {},
  };
  const options = gatherOptions(market, book, shard, convention);
  const priced = options.rows.length > 0 ? await pool.price(options.input, options.rows.length) : new Float64Array();
  options.rows.forEach((row, i) => write(shard, row, scaleOption(book[row]!, options, priced, i, convention)));
  book.forEach((row, i) => {
    if (row.kind === 'option' || shard.failures[i]) return;
    const result = valueLinear(market, row);
    if ('code' in result) shard.failures[i] = result;
    else write(shard, i, result);
  });
  return { ...shard, options: { ...options, priced } };
}

/** So large that sums over a book and products with the price of its underlying are still numbers. */
export const LARGEST = 1e100;
export const NOT_REPRESENTABLE: Reason = {
  code: 'not_representable',
  detail: 'Its numbers are too large to be represented; check quantity, multiplier, expiry and the rates of the market',
};

/** A number that is none would make every total that it is added to none either, so it is a failure of its position. */
function write(shard: Shard, row: number, result: Row): void {
  if (!RESULT_COLUMNS.every((name) => Math.abs(result[name]) <= LARGEST)) {
    shard.failures[row] = NOT_REPRESENTABLE;
    return;
  }
  const count = shard.positionIds.length;
  RESULT_COLUMNS.forEach((name, column) => (shard.columns[column * count + row] = result[name]));
}

/** The kernel's inputs for the options that can be priced, and which rows of the book they are. */
interface Options {
  input: Float64Array<SharedArrayBuffer>;
  rows: number[];
  /** ∂σ/∂ln S that the convention takes: 0 where volatilities stay at their strikes. */
  volSlopes: number[];
}

/** The results of a run, and what the kernel was asked and answered: INPUT_COLUMNS and OUTPUT_COLUMNS of its options. */
export interface ValuedShard extends Shard {
  options: Options & { priced: Float64Array };
}

function gatherOptions(market: MarketView, book: BookRow[], shard: Shard, convention: DeltaConvention): Options {
  const rows: number[] = [];
  const volSlopes: number[] = [];
  const values = new Float64Array(book.length * INPUT_COLUMNS.length);
  book.forEach((row, i) => {
    if (row.kind !== 'option') return;
    const reason = writeInputs(values, rows.length, market, row);
    if (reason) return void (shard.failures[i] = reason);
    const volSlope = volSlopeOf(market.underlying(row.underlying, row.quote)!, row.expiryMs!, row.strike!, convention);
    if (isMissing(volSlope)) return void (shard.failures[i] = volSlope);
    rows.push(i);
    volSlopes.push(volSlope);
  });
  return { input: pricingInputOf(values, rows.length), rows, volSlopes };
}

/** What the kernel is asked, from its first so many rows. */
export function pricingInputOf(values: Float64Array, count: number): Options['input'] {
  const input = pricingInput(count);
  for (let i = 0; i < count; i++)
    for (let c = 0; c < INPUT_COLUMNS.length; c++) input[c * count + i] = values[i * INPUT_COLUMNS.length + c]!;
  return input;
}

/** ∂σ/∂ln S of an option as the convention has it (`stickyMoneynessDelta`, `minimumVarianceDelta`), or why there is none. */
export function volSlopeOf(
  view: UnderlyingView,
  expiryMs: number,
  strike: number,
  convention: DeltaConvention,
): number | Missing {
  if (convention === 'sticky_delta') {
    const slope = view.slope(expiryMs, strike);
    return isMissing(slope) ? slope : -slope;
  }
  return convention === 'min_variance' ? view.slope(expiryMs, view.forward(expiryMs)!) : 0;
}

/** Writes INPUT_COLUMNS of an option as the row `at` of `values`, or answers why it has none. */
export function writeInputs(values: Float64Array, at: number, market: MarketView, row: BookRow): Reason | undefined {
  const view = marketOf(market, row);
  if ('code' in view) return view;
  const inputs = view.pricing(row.expiryMs!, row.strike!);
  if ('code' in inputs) return inputs;
  const first = at * INPUT_COLUMNS.length;
  values[first + INPUT.spot] = inputs.spot;
  values[first + INPUT.strike] = row.strike!;
  values[first + INPUT.time] = inputs.time;
  values[first + INPUT.rate] = inputs.rate;
  values[first + INPUT.carry] = inputs.carry;
  values[first + INPUT.vol] = inputs.vol;
  values[first + INPUT.sign] = row.optionType === 'call' ? 1 : -1;
  return undefined;
}

/** The market of the position's underlying; a reason when there is none or the instrument has expired in it. */
export function marketOf(market: MarketView, row: BookRow): UnderlyingView | Reason {
  if (row.expiryMs !== null && row.expiryMs <= market.asOf.getTime()) {
    return {
      code: 'expired',
      detail: `It expired at ${new Date(row.expiryMs).toISOString()}, before the market snapshot`,
    };
  }
  const view = market.underlying(row.underlying, row.quote);
  return view ?? { code: 'missing_underlying', detail: `The market snapshot has no ${row.underlying}/${row.quote}` };
}

/** From the kernel's units (per year, per 1.00 of volatility and rate, per unit) to those of the API, for the position. */
function scaleOption(
  row: BookRow,
  options: Options,
  priced: Float64Array,
  i: number,
  convention: DeltaConvention,
): Row {
  const count = options.rows.length;
  const size = row.quantity * row.multiplier;
  const input = (name: keyof typeof INPUT) => options.input[INPUT[name] * count + i]!;
  const output = (name: keyof typeof OUTPUT) => priced[OUTPUT[name] * count + i]!;
  const price = output('price');
  const time = input('time');
  // Premium-adjusted: the coin that the premium is worth is itself a holding of the underlying. A coin is worth what the
  // option is priced from: the forward where forwards are listed (as Deribit has it), spot where the carry is given.
  const premium = convention === 'premium_adjusted' && row.settlement === 'inverse' ? price / input('spot') : 0;
  return {
    price,
    value: size * price,
    delta: size * (output('delta') - premium + (output('vega') * options.volSlopes[i]!) / input('spot')),
    gamma: size * output('gamma'),
    vega: (size * output('vega')) / TRADER_DIVISORS.vega,
    theta: size * thetaPerDay(output('theta'), time, price),
    rho: (size * output('rho')) / TRADER_DIVISORS.rho,
    vanna: (size * output('vanna')) / TRADER_DIVISORS.vanna,
    volga: (size * output('volga')) / TRADER_DIVISORS.volga,
    charm: (size * output('charm')) / TRADER_DIVISORS.charm,
  };
}

/** What a quantity of spot, a perpetual or a future is worth and sensitive to. Options answer a reason: they need the pool. */
export function linearGreeks(market: MarketView, terms: InstrumentTerms, quantity: number): Row | Reason {
  if (terms.kind === 'option' || terms.kind === 'liquidity')
    return { code: 'unsupported_hedge', detail: 'Only spot, perpetuals and futures are traded as hedges' };
  const { kind, underlying, quote } = terms;
  return valueLinear(market, {
    ...{
      positionId: '',
      symbol: '',
      kind,
      underlying,
      quote,
      optionType: null,
      strike: null,
      pool: null,
      quantity,
      multiplier: 1,
    },
    settlement: terms.kind === 'spot' ? 'linear' : terms.settlement,
    expiryMs: terms.kind === 'future' ? Date.parse(terms.expiry) : null,
  });
}

export function liquidityGreeks(terms: LiquidityTerms, spot: number): LiquidityGreeks {
  switch (terms.pool) {
    case 'constant_product':
      return constantProductGreeks(spot, 1, Number(terms.liquidity) ** 2);
    case 'concentrated': {
      const fees = { base: Number(terms.feesBase), quote: Number(terms.feesQuote) };
      return concentratedGreeks(
        spot,
        Number(terms.lowerPrice),
        Number(terms.upperPrice),
        Number(terms.liquidity),
        fees,
      );
    }
    case 'stable_swap': {
      const prices = pegged(spot, terms.coins);
      return stableSwapGreeks(prices, 0, Number(terms.invariant), Number(terms.amplification), 1);
    }
  }
}

/**
 * Spot, shares of pools, perpetuals and dated futures: delta alone (and the gamma of a pool), and for dated futures what the passing of time and the interest rate
 * do to the forward. An inverse contract is worth a fixed amount N of quote currency, so its delta is N/price.
 */
function valueLinear(market: MarketView, row: BookRow): Row | Reason {
  const view = marketOf(market, row);
  if ('code' in view) return view;
  const size = row.quantity * row.multiplier;
  const none = { gamma: 0, vega: 0, theta: 0, rho: 0, vanna: 0, volga: 0, charm: 0 };
  if (row.kind === 'spot') {
    const price = view.spot.mark;
    return { ...none, price, value: size * price, delta: size };
  }
  if (row.pool) {
    const { value, delta, gamma } = liquidityGreeks(row.pool, view.spot.mark);
    return { ...none, price: value, value: size * value, delta: size * delta, gamma: size * gamma };
  }
  const inverse = row.settlement === 'inverse';
  if (row.kind === 'perpetual') {
    if (!view.perpetual)
      return { code: 'missing_perpetual', detail: `The market snapshot has no ${row.underlying} perpetual` };
    const price = view.perpetual.mark;
    return { ...none, price, value: 0, delta: inverse ? size / price : size };
  }
  const forward = view.forward(row.expiryMs!);
  if (forward === undefined)
    return {
      code: 'missing_forward',
      detail: `The market snapshot gives neither forwards nor carry for ${row.underlying}`,
    };
  // A listed forward is taken to move one for one with spot and coin is counted at it; one that follows from the carry moves
  // in proportion and coin is worth spot. Either way F/S is what the forward moves by when spot moves by one.
  const carry = view.carry ?? 0;
  const spot = view.carry === undefined ? forward : view.spot.mark;
  const time = yearsTo(market.asOf.getTime(), row.expiryMs!);
  // N·(1/F₀ − 1/F) coins at spot S: a straight line in S of slope N/F₀, which the passing of time does not bend.
  const delta = inverse ? size / forward : (size * forward) / spot;
  return {
    ...none,
    price: forward,
    value: 0,
    delta,
    theta: -delta * spot * carry * Math.min(1 / DAYS_PER_YEAR, time),
    rho: (delta * spot * time) / TRADER_DIVISORS.rho,
    charm: inverse ? 0 : (-delta * carry) / TRADER_DIVISORS.charm,
  };
}
