import { z } from 'zod';
import { AVERAGINGS } from '../quant/pricing/asian.ts';
import { AMERICAN_TIERS } from '../quant/pricing/american.ts';
import { BARRIER_TYPES } from '../quant/pricing/barrier.ts';
import { DIGITAL_TYPES } from '../quant/pricing/digital.ts';

export const MODELS = [
  'black_scholes_merton',
  'black_76',
  'american',
  'heston',
  'bates',
  'barrier',
  'digital',
  'asian_geometric',
  'inverse',
  'sabr',
  'perpetual',
  'future',
  'constant_product',
  'concentrated',
  'stable_swap',
] as const;
export type Model = (typeof MODELS)[number];

export const UNITS = ['raw', 'trader'] as const;
export type Units = (typeof UNITS)[number];

/** A call that asks for more is refused; send two. */
export const MAX_ROWS = 100_000;
/** American options of tier `high` in a call: each takes some 2.6 ms, so these take a thread half a minute. */
export const MAX_HIGH_ROWS = 10_000;

/** A range that a number has to lie in, and how that is said. */
export interface Range {
  readonly holds: (x: number) => boolean;
  readonly must: string;
}

const any: Range = { holds: () => true, must: 'must be finite' };
const positive: Range = { holds: (x) => x > 0, must: 'must be above 0' };
const nonNegative: Range = { holds: (x) => x >= 0, must: 'must not be below 0' };
const correlation: Range = { holds: (x) => x > -1 && x < 1, must: 'must lie between -1 and 1' };
const unitInterval: Range = { holds: (x) => x >= 0 && x <= 1, must: 'must lie in 0 to 1' };
const count: Range = { holds: (x) => Number.isSafeInteger(x) && x >= 0, must: 'must be a whole number, 0 or more' };

/** A column of numbers. Where it has a default it may be left out. */
export interface NumberColumn {
  readonly range: Range;
  readonly description: string;
  readonly default?: number;
}

/** A column of words. In float64 columns a word is its place in `words`, save that a call is 1 and a put −1. */
export interface WordColumn {
  readonly words: readonly string[];
  readonly description: string;
  readonly default?: string;
}

export type Column = NumberColumn | WordColumn;

export function isWords(column: Column): column is WordColumn {
  return 'words' in column;
}

const type: WordColumn = { words: ['call', 'put'], description: 'What the option gives the right to' };
const strike: NumberColumn = { range: positive, description: 'Strike price' };
const expiryYears: NumberColumn = { range: nonNegative, description: 'Years to expiry, ACT/365' };
const rate: NumberColumn = { range: any, description: 'Interest rate, continuously compounded, decimal' };
const vol: NumberColumn = { range: nonNegative, description: 'Volatility, decimal: 0.65 is 65 %' };
const spot: NumberColumn = { range: positive, description: 'Price of the underlying now' };
const forward: NumberColumn = { range: positive, description: 'Forward price of the expiry' };
const dividendYield: NumberColumn = {
  range: any,
  description: 'Dividend, borrow or staking yield, continuously compounded, decimal',
};
const price: NumberColumn = { range: any, description: 'Price of the option' };

const european = { type, spot, strike: { ...strike, range: nonNegative }, expiryYears, vol, rate, dividendYield };
const onSpot = { ...european, strike };
const heston = {
  ...{ type, spot, strike, expiryYears, rate, dividendYield },
  v0: { range: nonNegative, description: 'Variance now' },
  kappa: { range: nonNegative, description: 'Speed of the reversion of the variance, per year' },
  theta: { range: nonNegative, description: 'Variance in the long run' },
  sigma: { range: nonNegative, description: 'Volatility of the variance' },
  rho: { range: correlation, description: 'Correlation of spot and variance' },
};

const contract = {
  settlement: {
    words: ['linear', 'inverse'],
    description: 'linear: in the quote currency; inverse: in the underlying (coin)',
  },
  quantity: {
    range: any,
    description: 'Signed, long is positive. linear: units of the underlying; inverse: notional in the quote currency',
  },
  price: { ...price, range: positive, description: 'Price of the contract now' },
  entryPrice: { ...price, range: positive, description: 'Price at which it was entered' },
};
const liquidity: NumberColumn = { range: positive, description: '√(base · quote) of the share, in whole tokens' };

/** What each model takes. The order is that of float64 columns. */
export const COLUMNS = {
  black_scholes_merton: european,
  black_76: { type, forward, strike: european.strike, expiryYears, vol, rate },
  american: {
    ...onSpot,
    tier: { words: AMERICAN_TIERS, description: 'Accuracy: 1e-5, 1e-8 or 1e-10 of spot', default: 'accurate' },
  },
  heston,
  bates: {
    ...heston,
    jumpIntensity: { range: nonNegative, description: 'Jumps per year' },
    jumpMeanLog: { range: any, description: 'Mean of the logarithm of a jump' },
    jumpStdLog: { range: nonNegative, description: 'Standard deviation of the logarithm of a jump' },
  },
  barrier: {
    ...onSpot,
    barrierType: { words: BARRIER_TYPES, description: 'Where the barrier lies, and what touching it does' },
    barrier: { range: positive, description: 'Price that knocks in or out' },
    rebate: {
      range: nonNegative,
      description: 'Paid at the touch (out), or at expiry if never touched (in)',
      default: 0,
    },
    monitoringInterval: {
      range: nonNegative,
      description: 'Years between two looks at the barrier; 0: watched continuously',
      default: 0,
    },
  },
  digital: {
    ...onSpot,
    digitalType: {
      words: DIGITAL_TYPES,
      description: 'What is paid, and when; a call lies below its level, a put above',
    },
    cash: { range: nonNegative, description: 'Paid by the cash kinds', default: 1 },
  },
  asian_geometric: {
    ...onSpot,
    averaging: { words: AVERAGINGS, description: 'How the average is taken', default: 'continuous' },
    fixings: { range: count, description: 'Number of equally spaced fixings of a discrete average', default: 0 },
  },
  inverse: {
    ...{ type, forward, strike, expiryYears, vol, rate },
    index: { range: positive, description: 'What a coin is worth now' },
  },
  sabr: {
    type: { ...type, default: 'call' },
    forward,
    strike,
    expiryYears,
    rate: { ...rate, default: 0 },
    alpha: { range: positive, description: 'Level of the volatility' },
    beta: { range: unitInterval, description: 'Exponent of the backbone, 0 to 1' },
    nu: { range: nonNegative, description: 'Volatility of the volatility' },
    rho: { range: correlation, description: 'Correlation of forward and volatility' },
  },
  perpetual: {
    ...contract,
    fundingRate: { range: any, description: 'Funding per 8 hours, decimal; a long pays it where positive', default: 0 },
    hours: { range: nonNegative, description: 'Hours over which funding is counted', default: 0 },
  },
  future: { ...contract, spot, expiryYears: { ...expiryYears, range: positive } },
  constant_product: { spot, liquidity },
  concentrated: {
    ...{ spot, liquidity },
    lowerPrice: { range: positive, description: 'Price of the underlying at the lower tick' },
    upperPrice: { range: positive, description: 'Price of the underlying at the upper tick; above lowerPrice' },
    feesBase: { range: nonNegative, description: 'Fees not collected, in the underlying', default: 0 },
    feesQuote: { range: nonNegative, description: 'Fees not collected, in the quote currency', default: 0 },
  },
  stable_swap: {
    spot,
    invariant: { range: positive, description: 'D of the share, in whole tokens' },
    amplification: { range: positive, description: "A·n of the pool's contract" },
    coins: {
      range: { holds: (x) => Number.isInteger(x) && x >= 2 && x <= 8, must: 'must be a whole number from 2 to 8' },
      description: 'Number of coins; those other than the underlying are worth 1 each',
    },
  },
  implied_volatility: { ...{ type, spot, strike, expiryYears, rate, dividendYield }, price },
} satisfies Record<Model | 'implied_volatility', Record<string, Column>>;

const FIRST_ORDER = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'rhoDividend'] as const;
const ALL = [
  ...FIRST_ORDER,
  ...(['vanna', 'volga', 'charm', 'speed', 'zomma', 'color', 'veta', 'ultima', 'dualDelta', 'dualGamma'] as const),
] as const;

const CONTRACT = ['profit', 'profitDelta', 'profitGamma', 'delta', 'gamma'] as const;
const LIQUIDITY = ['value', 'delta', 'gamma'] as const;

/** What each model answers. The order is that of float64 columns, which end with one more: the place of the error code. */
export const OUTPUTS = {
  black_scholes_merton: ALL,
  black_76: ALL,
  american: FIRST_ORDER,
  heston: [...FIRST_ORDER, 'minVarianceDelta'],
  bates: [...FIRST_ORDER, 'minVarianceDelta'],
  barrier: FIRST_ORDER,
  digital: FIRST_ORDER,
  asian_geometric: FIRST_ORDER,
  inverse: [
    ...['price', 'priceUsd', 'delta', 'deltaPremiumAdjusted', 'netTransactionDelta', 'deltaCoin'],
    ...['gamma', 'gammaPremiumAdjusted', 'gammaCoin', 'vega', 'vegaCoin', 'theta', 'thetaCoin', 'rho', 'rhoCoin'],
  ],
  sabr: ['vol', 'price', 'delta', 'bartlettDelta', 'blackGamma', 'blackVega'],
  perpetual: [...CONTRACT, 'funding'],
  future: [...CONTRACT, 'carry'],
  constant_product: LIQUIDITY,
  concentrated: LIQUIDITY,
  stable_swap: LIQUIDITY,
  implied_volatility: ['vol'],
} as const satisfies Record<Model | 'implied_volatility', readonly string[]>;

/** Why a row has no numbers. In float64 columns: 0 for none, else one more than the place here. */
export const ROW_ERRORS = {
  not_a_row: 'A row is an object',
  unknown_field: 'A row has a field that the model does not know',
  not_a_number: 'A number is missing, or is none',
  unknown_word: 'A word is not one of those taken',
  out_of_range: 'A number lies outside its range',
  not_representable: 'The inputs are so large or small that the result cannot be represented',
  double_boundary:
    'With these rates early exercise pays between two prices, not beyond one; no method here prices that',
  boundary_not_found: 'The boundary of early exercise was not found to the accuracy asked for',
  quadrature_disagrees: 'Two rules of integration do not agree on the price, so neither is answered',
  rate_too_negative: 'What is paid at the touch has no closed form at so negative a rate',
  no_positive_vol: 'The expansion gives no positive volatility here',
  below_intrinsic: 'The price is not above what immediate certainty is worth, so no volatility gives it',
  above_bound: 'The price is not below what the option can ever be worth, so no volatility gives it',
  expired: 'No time is left, so the price says nothing of volatility',
} as const;
export type RowErrorCode = keyof typeof ROW_ERRORS;

export const RowErrorSchema = z
  .object({
    index: z.int().meta({ description: 'Row, from 0' }),
    code: z.enum(Object.keys(ROW_ERRORS) as [RowErrorCode, ...RowErrorCode[]]),
    detail: z.string(),
  })
  .meta({ id: 'RowError' });
export type RowError = z.infer<typeof RowErrorSchema>;

// The schemas of the contract. Rows fail alone, so values are not refused by these but row by row (columns.ts).

function valueSchema(column: Column): z.ZodType {
  if (isWords(column)) return z.enum(column.words as [string, ...string[]]).meta({ description: column.description });
  return z.number().meta({ description: `${column.description}; ${column.range.must}` });
}

function optional(column: Column, schema: z.ZodType): z.ZodType {
  return column.default === undefined ? schema : schema.default(column.default);
}

function columnSchema(column: Column): z.ZodType {
  const value = valueSchema(column);
  return optional(column, z.union([z.array(value).max(MAX_ROWS), value]).meta({ description: column.description }));
}

function shape<T>(columns: Record<string, Column>, schemaOf: (column: Column) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, schemaOf(column)]));
}

const camel = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What one model takes, as named columns (an array, or one value for every row) and as rows. */
function inputSchema(name: Model | 'implied_volatility') {
  const columns = COLUMNS[name];
  return {
    columns: z.strictObject(shape(columns, columnSchema)).meta({ id: `${camel(name)}Columns` }),
    rows: z.array(
      z
        .strictObject(shape(columns, (column) => optional(column, valueSchema(column))))
        .meta({ id: `${camel(name)}Row` }),
    ),
  };
}

const units = z.enum(UNITS).default('trader').meta({
  description:
    'raw: mathematics (vega, rho per 1.00; theta, charm, color, veta per year as d/dt). trader: per volatility or percentage point and per day; theta for the remaining life where that is shorter, and never more than the option is worth',
});

const EXAMPLE = {
  model: 'black_scholes_merton',
  units: 'raw',
  columns: {
    type: ['call', 'put'],
    spot: 100,
    strike: [95, 105],
    expiryYears: 0.25,
    vol: 0.6,
    rate: 0.04,
    dividendYield: 0,
  },
};
const SOLVE_EXAMPLE = {
  columns: {
    type: ['call'],
    spot: [100],
    strike: [95],
    expiryYears: [0.25],
    rate: [0.04],
    dividendYield: [0],
    price: [15],
  },
};

/** One model's request, in either form. */
function requestSchemas(name: Model) {
  const { columns, rows } = inputSchema(name);
  const model = z.literal(name);
  const outputs = z
    .array(z.enum(OUTPUTS[name] as readonly [string, ...string[]]))
    .min(1)
    .optional()
    .meta({ description: 'What to answer; all that the model has when left out' });
  return [
    z.strictObject({ model, units, outputs, columns }),
    z.strictObject({ model, units, outputs, rows: rows.max(MAX_ROWS) }),
  ];
}

export const PriceInputSchema = z
  .union(MODELS.flatMap(requestSchemas))
  .meta({ id: 'PriceRequest', examples: [EXAMPLE] });

const solve = inputSchema('implied_volatility');
export const ImpliedVolatilityInputSchema = z
  .union([z.strictObject({ columns: solve.columns }), z.strictObject({ rows: solve.rows.max(MAX_ROWS) })])
  .meta({ id: 'ImpliedVolatilityRequest', examples: [SOLVE_EXAMPLE] });

const numberOrNull = z.number().nullable();
const errors = z.array(RowErrorSchema).meta({ description: 'Rows without numbers, in order' });

/** In the form that was asked in. */
export const PriceAnswerSchema = z
  .union([
    z.object({ columns: z.record(z.string(), z.array(numberOrNull)), errors }),
    z.object({ rows: z.array(z.record(z.string(), numberOrNull)), errors }),
  ])
  .meta({ id: 'PriceAnswer', description: 'The numbers of a row that failed are null' });

/** What a float64 request says beside its columns. */
export const PriceQuerySchema = z.strictObject({
  model: z.enum(MODELS).optional().meta({ description: 'The model, where the body is float64 columns' }),
  units: z.enum(UNITS).optional().meta({ description: 'The units, where the body is float64 columns' }),
  outputs: z
    .string()
    .optional()
    .meta({
      description: 'What to answer, where the body is float64 columns: names with commas between',
      examples: ['price,delta'],
    }),
});
