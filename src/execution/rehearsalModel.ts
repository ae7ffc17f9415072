import { z } from 'zod';

const MAX_MS = 30_000;
const share = z.number().min(0).max(1).default(0);

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
