import { z } from 'zod';
import { decimalString } from '../platform/decimal.ts';
import { VENUES } from './venueNames.ts';

// Netting: opposite orders of a tenant's portfolios are crossed with each other before anything reaches a venue.

export const NettingInputSchema = z
  .strictObject({
    windowSeconds: z.int().min(1).max(5).default(2).meta({
      description: 'How long the orders wait for opposite ones before what is left goes on to the venue',
    }),
  })
  .meta({ id: 'NettingRequest', examples: [{ windowSeconds: 2 }] });
export type NettingInput = z.infer<typeof NettingInputSchema>;

export const NettedLegSchema = z
  .object({
    leg: z.int(),
    symbol: z.string(),
    crossed: decimalString.meta({ description: 'Quantity that other portfolios of yours took the other side of' }),
    price: decimalString.meta({ description: 'Average; each crossing is at the middle of the market' }),
    saved: decimalString.meta({
      description:
        "The plan's estimate of fee, spread and impact for the crossed share of the leg, in proportion, and of its fixed cost where nothing was left for the venue",
    }),
    currency: z.string().meta({ description: 'Of `saved`' }),
  })
  .meta({ id: 'NettedLeg' });
export type NettedLeg = z.infer<typeof NettedLegSchema>;

const CrossingShareSchema = z
  .object({
    portfolioId: z.uuid(),
    executionId: z.uuid(),
    orderId: z.uuid(),
    side: z.enum(['buy', 'sell']),
    open: decimalString.meta({ description: 'What the order could have had, in whole lots' }),
    quantity: decimalString.meta({ description: 'What it had' }),
  })
  .meta({ id: 'CrossingShare' });

export const CrossingSchema = z
  .object({
    id: z.uuid().meta({ description: 'Also the trade id of the fills' }),
    venue: z.enum(VENUES).meta({ description: 'Where the orders would have gone, and their positions are held' }),
    accountId: z.uuid().nullable(),
    symbol: z.string(),
    price: decimalString.meta({
      description: 'Middle of the market in the snapshot: its mark where it has not both sides',
    }),
    quantity: decimalString.meta({ description: 'Bought, and sold' }),
    marketSnapshotId: z.uuid(),
    at: z.iso.datetime(),
    shares: z.array(CrossingShareSchema).meta({ description: 'Of every order that took part' }),
  })
  .meta({ id: 'Crossing' });
export type Crossing = z.infer<typeof CrossingSchema>;
