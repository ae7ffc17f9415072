import { americanGreeks, americanPrice, type AmericanTier } from '../quant/pricing/american.ts';
import { asianGeometricGreeks, type Averaging } from '../quant/pricing/asian.ts';
import { barrierGreeks, type BarrierType } from '../quant/pricing/barrier.ts';
import { ALL_OUTPUT_COLUMNS, INPUT_COLUMNS } from '../quant/pricing/black.ts';
import { thetaPerDay, TRADER_DIVISORS } from '../quant/pricing/conventions.ts';
import { digitalGreeks, type DigitalType } from '../quant/pricing/digital.ts';
import { hestonGreeks } from '../quant/pricing/heston.ts';
import { inverseGreeks } from '../quant/pricing/inverse.ts';
import {
  basisCarry,
  fundingPayment,
  inverseContract,
  linearContract,
  type ContractGreeks,
} from '../quant/pricing/linear.ts';
import { sabrGreeks } from '../quant/pricing/sabr.ts';
import { concentratedGreeks, constantProductGreeks, pegged, stableSwapGreeks } from '../quant/pools/liquidityGreeks.ts';
import { IMPLIED_VOL_COLUMNS, IMPLIED_VOL_STATUSES } from '../quant/kernel/impliedVols.ts';
import { threadKernel } from '../quant/kernel/kernel.ts';
import type { Batch, Priced } from './batch.ts';
import { COLUMNS, isWords, OUTPUTS, type Column, type RowErrorCode, type Units } from './model.ts';

/** One column per output of the model; NaN in the rows that failed. */
export type Outputs = Record<string, Float64Array>;

/**
 * Prices every row that was read well, and adds those that the mathematics refuses to the batch's failures.
 *
 * @param wanted some of the model's OUTPUTS; all of them when left out
 */
export function evaluate(
  priced: Priced,
  batch: Batch,
  units: Units,
  wanted: readonly string[] = OUTPUTS[priced],
): Outputs {
  const columns = columnsOf(priced, batch, wanted);
  refuseUnrepresentable(batch, columns);
  if (units === 'trader') toTraderUnits(priced, batch, columns);
  return Object.fromEntries(wanted.map((name) => [name, columns[name]!]));
}

function columnsOf(priced: Priced, batch: Batch, wanted: readonly string[]): Outputs {
  if (priced === 'implied_volatility') return solveByKernel(batch);
  return isEuropean(priced) ? priceByKernel(priced, batch) : priceByRow(priced, batch, wanted);
}

type EuropeanModel = 'black_scholes_merton' | 'black_76';
type RowModel = Exclude<Priced, EuropeanModel | 'implied_volatility'>;

function isEuropean(priced: Priced): priced is EuropeanModel {
  return priced === 'black_scholes_merton' || priced === 'black_76';
}

function goodRows({ count, failures }: Batch): Int32Array {
  const rows = new Int32Array(count);
  let found = 0;
  for (let i = 0; i < count; i++) if (!failures.has(i)) rows[found++] = i;
  return rows.subarray(0, found);
}

/** Those rows of a column, to `to`. */
function gather(from: Float64Array, rows: Int32Array, to: Float64Array): void {
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!;
}

/** The column of which those rows are `values`; NaN in all others. */
function spread(values: Float64Array, rows: Int32Array, count: number): Float64Array {
  if (rows.length === count) return values;
  const column = new Float64Array(count).fill(NaN);
  for (let i = 0; i < rows.length; i++) column[rows[i]!] = values[i]!;
  return column;
}

/** The two European models: in columns from end to end. */
function priceByKernel(priced: EuropeanModel, batch: Batch): Outputs {
  const rows = goodRows(batch);
  const n = rows.length;
  const input = new Float64Array(INPUT_COLUMNS.length * n);
  const output = new Float64Array(ALL_OUTPUT_COLUMNS.length * n);
  const { type, spot, forward, strike, expiryYears, rate, dividendYield, vol } = batch.values;
  const columns = [spot ?? forward!, strike!, expiryYears!, rate!, dividendYield ?? rate!, vol!, type!];
  columns.forEach((column, c) => gather(column, rows, input.subarray(c * n, (c + 1) * n)));
  for (let i = 0; i < n; i++) {
    input[4 * n + i] = input[3 * n + i]! - input[4 * n + i]!;
    input[6 * n + i] = signOf(input[6 * n + i]!);
  }
  threadKernel().allGreeks(input, output, n);
  const outputs = Object.fromEntries(
    ALL_OUTPUT_COLUMNS.map((name, c) => [name, spread(output.subarray(c * n, (c + 1) * n), rows, batch.count)]),
  );
  if (priced === 'black_76') holdForward(rows, expiryYears!, outputs);
  return outputs;
}

/** What the solver's reasons are called in the answer. */
const REFUSALS: Record<(typeof IMPLIED_VOL_STATUSES)[number], RowErrorCode | undefined> = {
  solved: undefined,
  at_or_below_intrinsic: 'below_intrinsic',
  at_or_above_bound: 'above_bound',
  invalid_input: 'not_representable',
};

/** From prices to volatilities, in columns from end to end. */
function solveByKernel(batch: Batch): Outputs {
  const { type, spot, strike, expiryYears, rate, dividendYield, price } = batch.values;
  for (let i = 0; i < batch.count; i++) {
    if (batch.failures.has(i)) continue;
    const time = expiryYears![i]!;
    // The bound as it is stated: the solver's own is of the forward, which is rounded once more.
    const bound =
      type![i] === 0 ? spot![i]! * Math.exp(-dividendYield![i]! * time) : strike![i]! * Math.exp(-rate![i]! * time);
    if (!(time > 0)) batch.failures.add(i, 'expired');
    else if (price![i]! >= bound) batch.failures.add(i, 'above_bound');
  }
  const rows = goodRows(batch);
  const n = rows.length;
  const input = new Float64Array(IMPLIED_VOL_COLUMNS.length * n);
  rows.forEach((row, i) => {
    const time = expiryYears![row]!;
    input[i] = price![row]!;
    input[n + i] = spot![row]! * Math.exp((rate![row]! - dividendYield![row]!) * time);
    input[2 * n + i] = strike![row]!;
    input[3 * n + i] = time;
    input[4 * n + i] = Math.exp(-rate![row]! * time);
    input[5 * n + i] = signOf(type![row]!);
  });
  const vols = new Float64Array(n);
  const statuses = new Uint8Array(n);
  threadKernel().impliedVols(input, vols, statuses, n);
  rows.forEach((row, i) => {
    const refusal = REFUSALS[IMPLIED_VOL_STATUSES[statuses[i]!]!];
    if (refusal) batch.failures.add(row, refusal);
  });
  return { vol: spread(vols, rows, batch.count) };
}

/** With the forward given, the rate only discounts and there is no yield: ∂V/∂r = −T·V, ∂V/∂q = 0. */
function holdForward(rows: Int32Array, time: Float64Array, outputs: Outputs): void {
  for (const row of rows) {
    outputs['rho']![row] = -time[row]! * outputs['price']![row]!;
    outputs['rhoDividend']![row] = 0;
  }
}

/** A call is the first word of `type`. */
function signOf(place: number): number {
  return 1 - 2 * place;
}

/** Reads a column of the row in hand. */
type Numbers = (name: string) => number;
type Words = <W extends string>(name: string) => W;
/** Numbers by name, or why there are none: a code, or a code with a sentence of its own. */
type Pricer = (number: Numbers, word: Words, priceAlone: boolean) => object | RowErrorCode | Refusal;

interface Refusal {
  readonly code: RowErrorCode;
  readonly detail: string;
}

function optionOn(number: Numbers) {
  return {
    spot: number('spot'),
    strike: number('strike'),
    time: number('expiryYears'),
    rate: number('rate'),
    dividendYield: number('dividendYield'),
    sign: signOf(number('type')),
  };
}

function optionOnForward(number: Numbers) {
  return {
    forward: number('forward'),
    strike: number('strike'),
    time: number('expiryYears'),
    rate: number('rate'),
    sign: signOf(number('type')),
  };
}

function hestonModel(number: Numbers) {
  return {
    ...optionOn(number),
    v0: number('v0'),
    kappa: number('kappa'),
    theta: number('theta'),
    sigma: number('sigma'),
    rho: number('rho'),
  };
}

const PRICERS: Record<RowModel, Pricer> = {
  american: (number, word, priceAlone) => {
    const input = { ...optionOn(number), vol: number('vol') };
    const tier = word<AmericanTier>('tier');
    if (!priceAlone) return americanGreeks(input, tier);
    const price = americanPrice(input, tier);
    return typeof price === 'string' ? price : { price };
  },
  heston: (number) => hestonGreeks(hestonModel(number)),
  bates: (number) =>
    hestonGreeks({
      ...hestonModel(number),
      jumpIntensity: number('jumpIntensity'),
      jumpMeanLog: number('jumpMeanLog'),
      jumpStdLog: number('jumpStdLog'),
    }),
  barrier: (number, word) =>
    barrierGreeks({
      ...optionOn(number),
      vol: number('vol'),
      barrierType: word<BarrierType>('barrierType'),
      barrier: number('barrier'),
      rebate: number('rebate'),
      monitoringInterval: number('monitoringInterval'),
    }),
  digital: (number, word) =>
    digitalGreeks({
      ...optionOn(number),
      vol: number('vol'),
      digitalType: word<DigitalType>('digitalType'),
      cash: number('cash'),
    }),
  asian_geometric: (number, word) => {
    const averaging = word<Averaging>('averaging');
    const fixings = number('fixings');
    if (averaging === 'discrete' && fixings < 1)
      return { code: 'out_of_range', detail: 'fixings must be 1 or more for a discrete average' };
    return asianGeometricGreeks({ ...optionOn(number), vol: number('vol'), averaging, fixings });
  },
  inverse: (number) => inverseGreeks({ ...optionOnForward(number), index: number('index'), vol: number('vol') }),
  sabr: (number) =>
    sabrGreeks({
      ...optionOnForward(number),
      alpha: number('alpha'),
      beta: number('beta'),
      nu: number('nu'),
      rho: number('rho'),
    }),
  perpetual: (number, word) => {
    const contract = contractOf(number, word);
    const notional = word('settlement') === 'linear' ? contract.delta * number('price') : number('quantity');
    return { ...contract, funding: fundingPayment(notional, number('fundingRate'), number('hours')) };
  },
  future: (number, word) => ({
    ...contractOf(number, word),
    carry: basisCarry(number('price'), number('spot'), number('expiryYears')),
  }),
  constant_product: (number) => constantProductGreeks(number('spot'), 1, number('liquidity') ** 2),
  concentrated: (number) => {
    const [lower, upper] = [number('lowerPrice'), number('upperPrice')];
    if (!(lower < upper)) return { code: 'out_of_range', detail: 'upperPrice must be above lowerPrice' };
    const fees = { base: number('feesBase'), quote: number('feesQuote') };
    return concentratedGreeks(number('spot'), lower, upper, number('liquidity'), fees);
  },
  stable_swap: (number) =>
    stableSwapGreeks(pegged(number('spot'), number('coins')), 0, number('invariant'), number('amplification'), 1),
};

function contractOf(number: Numbers, word: Words): ContractGreeks {
  const contract = word('settlement') === 'linear' ? linearContract : inverseContract;
  return contract(number('quantity'), number('price'), number('entryPrice'));
}

function priceByRow(priced: RowModel, batch: Batch, wanted: readonly string[]): Outputs {
  const columns: Record<string, Column> = COLUMNS[priced];
  const priceAlone = wanted.length === 1 && wanted[0] === 'price';
  const answered = priceAlone ? wanted : OUTPUTS[priced];
  const outputs: Outputs = Object.fromEntries(answered.map((name) => [name, new Float64Array(batch.count).fill(NaN)]));
  const price = PRICERS[priced];
  let row = 0;
  const number: Numbers = (name) => batch.values[name]![row]!;
  const word: Words = <W extends string>(name: string) => {
    const column = columns[name]!;
    return (isWords(column) ? column.words[number(name)] : undefined) as W;
  };
  for (row = 0; row < batch.count; row++) {
    if (batch.failures.has(row)) continue;
    const answer = price(number, word, priceAlone);
    if (typeof answer === 'string') batch.failures.add(row, answer);
    else if ('code' in answer) batch.failures.add(row, answer.code, answer.detail);
    else for (const name in outputs) outputs[name]![row] = (answer as Record<string, number>)[name]!;
  }
  return outputs;
}

/** A number that is none never leaves: the row fails, and all of its numbers with it. */
function refuseUnrepresentable({ failures }: Batch, outputs: Outputs): void {
  const columns = Object.values(outputs);
  for (const column of columns) {
    for (let row = 0; row < column.length; row++) {
      if (!Number.isFinite(column[row])) failures.add(row, 'not_representable');
    }
  }
  for (const row of failures.rows()) for (const column of columns) column[row] = NaN;
}

/** Outputs not named are the same in both units. */
const DIVISORS: Record<string, number> = {
  ...TRADER_DIVISORS,
  vegaCoin: TRADER_DIVISORS.vega,
  blackVega: TRADER_DIVISORS.vega,
  rhoCoin: TRADER_DIVISORS.rho,
};

function toTraderUnits(priced: Priced, { count, values }: Batch, outputs: Outputs): void {
  for (const [name, column] of Object.entries(outputs)) {
    const divisor = DIVISORS[name] ?? 1;
    if (divisor !== 1) for (let i = 0; i < count; i++) column[i]! /= divisor;
  }
  const { price, theta, thetaCoin } = outputs;
  const time = values['expiryYears']!;
  // An inverse option's price is in coin and its theta in USD, which a coin is worth `forward` of to the model.
  const coin = (i: number) => (priced === 'inverse' ? values['forward']![i]! : 1);
  if (theta) for (let i = 0; i < count; i++) theta[i] = thetaPerDay(theta[i]!, time[i]!, price![i]! * coin(i));
  if (thetaCoin) for (let i = 0; i < count; i++) thetaCoin[i] = thetaPerDay(thetaCoin[i]!, time[i]!, price![i]!);
}
