import { z } from 'zod';
import { MAX_TICK, MIN_TICK } from '../quant/pools/tickPrice.ts';
import { rootAtTick } from '../quant/routing/venues.ts';

// What is asked of POST /v1/routes/solve, and what it answers.

const MAX_POOLS = 1_000;
const MAX_RANGES = 1_000;
const MAX_LEVELS = 10_000;
const MAX_COINS = 8;
/** Between these no product of amounts leaves the range of binary floats. */
const [LEAST_AMOUNT, MOST_AMOUNT] = [1e-36, 1e36];

const amount = z.number().min(LEAST_AMOUNT).max(MOST_AMOUNT);
const tick = z.int().min(MIN_TICK).max(MAX_TICK);
const place = z
  .int()
  .min(0)
  .max(MAX_COINS - 1);

function fee(of: string) {
  return z
    .number()
    .min(0)
    .lt(1)
    .meta({ description: `Fraction of what is ${of}: 0.003 is 0.3 %` });
}

const fixedCost = z.number().min(0).max(MOST_AMOUNT).default(0).meta({
  description: 'What using the pool costs whatever the amount, such as gas, in units of the output',
});

const ConstantProductSchema = z
  .strictObject({
    type: z.literal('constant_product'),
    reserveIn: amount.meta({ description: 'Of the token paid in' }),
    reserveOut: amount.meta({ description: 'Of the token paid out' }),
    fee: fee('paid in'),
    fixedCost,
  })
  .meta({ id: 'RouteConstantProduct', description: 'Uniswap v2 and the like' });

const StableSwapSchema = z
  .strictObject({
    type: z.literal('stable_swap'),
    balances: z
      .array(amount)
      .min(2)
      .max(MAX_COINS)
      .meta({ description: 'Of all tokens of the pool, in one unit of account: scaled by decimals and rates' }),
    ann: z.number().min(1e-6).max(1e9).meta({
      description: 'A·n: the amplification as the Curve contract answers it, times the number of tokens',
    }),
    fee: fee('paid out'),
    tokenIn: place.meta({ description: 'Place in `balances` of the token paid in, from 0' }),
    tokenOut: place.meta({ description: 'Place in `balances` of the token paid out, from 0' }),
    fixedCost,
  })
  .superRefine(({ balances, tokenIn, tokenOut }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (tokenIn >= balances.length) fault('tokenIn', 'must be a place in balances');
    if (tokenOut >= balances.length) fault('tokenOut', 'must be a place in balances');
    if (tokenIn === tokenOut) fault('tokenOut', 'must be another token than tokenIn');
  })
  .meta({ id: 'RouteStableSwap', description: 'Curve StableSwap' });

const RangeSchema = z
  .strictObject({ tickLower: tick, tickUpper: tick, liquidity: amount })
  .refine(({ tickLower, tickUpper }) => tickLower < tickUpper, {
    path: ['tickUpper'],
    message: 'must be above tickLower',
  })
  .meta({ id: 'RouteRange' });

const ConcentratedSchema = z
  .strictObject({
    type: z.literal('concentrated'),
    sqrtPrice: z.number().min(rootAtTick(MIN_TICK)).max(rootAtTick(MAX_TICK)).meta({
      description:
        '√price as a real number, not Q64.96; the price is token 1 per token 0 in the units of the amounts, as 1.0001^tick is',
    }),
    ranges: z
      .array(RangeSchema)
      .min(1)
      .max(MAX_RANGES)
      .meta({ description: 'In any order; where ranges overlap, their liquidity adds up' }),
    fee: fee('paid in'),
    zeroForOne: z.boolean().meta({ description: 'Whether token 0 is paid in, which lowers the price' }),
    fixedCost,
  })
  .meta({ id: 'RouteConcentrated', description: 'Uniswap v3 and v4: liquidity in ranges of ticks' });

const OrderBookSchema = z
  .strictObject({
    type: z.literal('order_book'),
    levels: z
      .array(z.tuple([amount, amount]))
      .min(1)
      .max(MAX_LEVELS)
      .meta({ description: '[price, size], best first: output per unit of input, and how much input it takes' }),
    fee: fee('paid out'),
    fixedCost,
  })
  .superRefine(({ levels }, context) => {
    const k = levels.findIndex(([price], i) => i > 0 && price > levels[i - 1]![0]);
    if (k < 0) return;
    const message = 'must not be a better price than the level before: levels come best first';
    context.addIssue({ code: 'custom', path: ['levels', k, 0], message });
  })
  .meta({ id: 'RouteOrderBook' });

export const RoutePoolSchema = z
  .discriminatedUnion('type', [ConstantProductSchema, StableSwapSchema, ConcentratedSchema, OrderBookSchema])
  .meta({ id: 'RoutePool' });
export type RoutePool = z.infer<typeof RoutePoolSchema>;

export const RouteInputSchema = z
  .strictObject({
    amountIn: amount.meta({ description: 'To be paid in, all of it' }),
    pools: z.array(RoutePoolSchema).min(1).max(MAX_POOLS).meta({
      description: 'All between the same two tokens, in the same units, and known as they are now',
    }),
  })
  .meta({
    id: 'RouteRequest',
    examples: [
      {
        amountIn: 100,
        pools: [
          { type: 'constant_product', reserveIn: 1000, reserveOut: 2000, fee: 0.003, fixedCost: 0.05 },
          { type: 'stable_swap', balances: [40_000, 80_000], ann: 400, fee: 0.0004, tokenIn: 0, tokenOut: 1 },
          {
            type: 'concentrated',
            sqrtPrice: 1.4142135623730951,
            ranges: [{ tickLower: 6000, tickUpper: 7800, liquidity: 20_000 }],
            fee: 0.0005,
            zeroForOne: true,
          },
          {
            type: 'order_book',
            levels: [
              [2.001, 10],
              [1.999, 25],
            ],
            fee: 0.0005,
          },
        ],
      },
    ],
  });
export type RouteInput = z.infer<typeof RouteInputSchema>;

const price = z.number().meta({ description: 'Output per unit of input' });

const AllocationSchema = z
  .object({
    pool: z.int().meta({ description: 'Place in `pools`, from 0' }),
    type: z.enum(['constant_product', 'stable_swap', 'concentrated', 'order_book']),
    amountIn: z.number().meta({ description: '0: not used' }),
    amountOut: z.number().meta({ description: 'After fees' }),
    netAmountOut: z.number().meta({ description: 'Less the fixed cost, if the pool is used' }),
    marginalPrice: price.nullable().meta({
      description:
        'Fees included, what its last unit of input bought, or of an unused pool what the first would buy; null where it takes nothing',
    }),
  })
  .meta({ id: 'RouteAllocation' });

const BestSingleSchema = z
  .object({ pool: z.int(), amountOut: z.number(), netAmountOut: z.number() })
  .meta({ id: 'RouteBestSingle', description: 'The one pool that nets most when it takes the whole order' });

export const RouteSchema = z
  .object({
    amountIn: z.number(),
    allocations: z.array(AllocationSchema).meta({ description: 'One for every pool, in the order of the request' }),
    amountOut: z.number().meta({ description: 'Of all pools together, after their fees' }),
    netAmountOut: z.number().meta({ description: 'Less the fixed costs of the pools that are used' }),
    marginalPrice: price.meta({
      description:
        'Output that the last unit of input bought, fees included: the same in every pool that is used and whose price can move',
    }),
    bestSingle: BestSingleSchema.nullable().meta({ description: 'null: no pool takes the whole order' }),
    gainBps: z.number().nullable().meta({
      description:
        'How much more the split nets than the best single pool, in parts of 10,000; null where that nets nothing or there is none',
    }),
    gapBps: z.number().meta({
      description:
        'No split nets more than so many parts of 10,000 above this one. 0 is the optimum; above 0 only where fixed costs of many pools leave too many sets of them to look at',
    }),
  })
  .meta({ id: 'Route' });
export type Route = z.infer<typeof RouteSchema>;
