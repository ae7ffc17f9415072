import { z } from 'zod';
import { text } from '../platform/text.ts';
import { RoutePoolSchema } from './routeModel.ts';

const MAX_MS = 30_000;
const share = z.number().min(0).max(1).default(0);

const LiquiditySchema = z
  .strictObject({
    symbol: text(200).meta({ description: 'As the orders of the plan name it; spot alone' }),
    pools: z.array(RoutePoolSchema).min(1).max(50).meta({
      description:
        'As `POST /v1/routes/solve` takes them: a sale pays the underlying in, a purchase the quote currency. Each order finds them as they are here',
    }),
  })
  .meta({
    id: 'PaperLiquidity',
    description: 'What orders trade against instead of the quotes of the market snapshot',
  });

export const RehearsalSchema = z
  .strictObject({
    latencyMs: z.int().min(0).max(MAX_MS).default(0).meta({
      description: 'How long an order is worked before it fills; called off until then, it is canceled',
    }),
    rejectRate: share.meta({ description: 'Share of the orders that are rejected' }),
    outageRate: share.meta({
      description:
        'Share of the orders whose submission fails without an answer: half of them have reached the venue, half have not',
    }),
    outageMs: z.int().min(1).max(MAX_MS).default(1_000).meta({
      description: 'How long nothing can be learnt of such an order',
    }),
    liquidity: z.array(LiquiditySchema).max(20).default([]).meta({
      description:
        'Pools and order books that orders are split over; their fees are in the prices, fixed costs are fees',
    }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(0)
      .meta({
        description: 'The same seed does the same to an order of the same client order id',
      }),
  })
  .meta({
    id: 'PaperRehearsal',
    examples: [{ latencyMs: 200, rejectRate: 0.1, outageRate: 0.2, outageMs: 1_000, seed: 7 }],
  });
export type Rehearsal = z.infer<typeof RehearsalSchema>;
