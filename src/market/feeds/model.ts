import { z } from 'zod';
import { instant } from '../../instruments/model.ts';

/** Book summaries of one currency are a megabyte a poll; what needs prices more often takes the websocket. */
const LEAST_REST_SECONDS = 5;

const DeribitFeedSchema = z
  .strictObject({
    kind: z.literal('deribit'),
    currencies: z
      .array(z.string().regex(/^[A-Z]{2,10}$/, 'must be a code such as BTC, ETH or USDC'))
      .min(1)
      .max(5)
      .refine((codes) => new Set(codes).size === codes.length, 'must not name a currency twice')
      .meta({ description: 'Settlement currencies, all of which come in one snapshot', examples: [['BTC']] }),
    transport: z.enum(['rest', 'websocket']).default('rest').meta({
      description: 'rest: everything is asked for each time; websocket: tickers are followed, and gathered each time',
    }),
    everySeconds: z
      .int()
      .min(1)
      .max(86_400)
      .default(60)
      .meta({ description: `Time between two snapshots, by REST at least ${LEAST_REST_SECONDS} s` }),
  })
  .refine(({ transport, everySeconds }) => transport === 'websocket' || everySeconds >= LEAST_REST_SECONDS, {
    message: `must be ${LEAST_REST_SECONDS} or more by REST`,
    path: ['everySeconds'],
  })
  .meta({ id: 'DeribitFeed', description: "Live prices from Deribit's public API" });
export type DeribitFeedInput = z.infer<typeof DeribitFeedSchema>;

const ReplayFeedSchema = z
  .strictObject({
    kind: z.literal('replay'),
    recording: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/, 'must be the name of a recording: A-Z a-z 0-9 _ -')
      .meta({
        description: "A file of the operator's folder, without .csv.gz",
        examples: ['chain6h_20260515_20260626_btc'],
      }),
    from: instant.optional().meta({ description: 'Earliest recorded instant; the first when left out' }),
    to: instant.optional().meta({ description: 'Latest recorded instant; the last when left out' }),
    speed: z.number().min(0.01).max(1e9).default(1).meta({ description: 'Recorded time per time that passes' }),
    perpetualAtIndex: z.boolean().default(false).meta({
      description: 'Chains are recorded without perpetuals. With true, one is quoted at the index, without a spread',
    }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    message: 'must not be before from',
    path: ['to'],
  })
  .meta({
    id: 'ReplayFeed',
    description: 'Recorded chains of Deribit, each under the instant that it was recorded at',
  });
export type ReplayFeedInput = z.infer<typeof ReplayFeedSchema>;

export const FeedInputSchema = z.discriminatedUnion('kind', [DeribitFeedSchema, ReplayFeedSchema]).meta({
  id: 'MarketFeedRequest',
  examples: [{ kind: 'deribit', currencies: ['BTC'], transport: 'websocket', everySeconds: 10 }],
});
export type FeedInput = z.infer<typeof FeedInputSchema>;

export const FEED_STATUSES = ['active', 'paused', 'finished'] as const;

export const FedSnapshotSchema = z
  .object({
    id: z.uuid(),
    asOf: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    leftOut: z
      .int()
      .meta({ description: 'Instruments that could not be used: without a volatility, or of no known kind' }),
  })
  .meta({ id: 'FedSnapshot' });
export type FedSnapshot = z.infer<typeof FedSnapshotSchema>;

export const FeedErrorSchema = z.object({ at: z.iso.datetime(), detail: z.string() }).meta({ id: 'MarketFeedError' });
export type FeedError = z.infer<typeof FeedErrorSchema>;

export const FeedSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(FEED_STATUSES).meta({ description: 'finished: a replay has come to its end' }),
    request: FeedInputSchema,
    snapshots: z.int().meta({ description: 'How many it has brought' }),
    lastSnapshot: FedSnapshotSchema.nullable().meta({ description: 'Null before the first' }),
    consecutiveFailures: z.int().meta({ description: 'Tries since the last snapshot that brought none' }),
    lastError: FeedErrorSchema.nullable().meta({
      description: 'Why the last of the failures failed; kept after a success',
    }),
    nextAt: z.iso.datetime().nullable().meta({
      description: 'When it looks next: after failures later and later, five minutes at most. Null while it does not',
    }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().meta({ description: 'When it was created, paused, resumed or came to its end' }),
  })
  .meta({ id: 'MarketFeed' });
export type Feed = z.infer<typeof FeedSchema>;
