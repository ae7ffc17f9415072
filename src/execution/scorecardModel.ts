import { z } from 'zod';
import { instant } from '../instruments/model.ts';
import { decimalString } from '../platform/decimal.ts';
import { VENUES } from './venueNames.ts';

export const SCORECARD_DAYS = 30;

export const ScorecardQuerySchema = z.object({
  from: instant
    .optional()
    .meta({ description: `Executions accepted from here; ${SCORECARD_DAYS} days before \`to\` when left out` }),
  to: instant.optional().meta({ description: 'up to here; now when left out' }),
});
export type ScorecardQuery = z.infer<typeof ScorecardQuerySchema>;

const count = (description: string) => z.int().min(0).meta({ description });
const bps = (description: string) => z.number().meta({ description });

export const CostScoreSchema = z
  .object({
    legs: count(
      'Of executions that have ended and traded; without those of which something was crossed by netting, or whose fees no market prices',
    ),
    filledNotional: decimalString.meta({ description: 'Of those legs, at their arrival prices, in `currency`' }),
    meanBps: bps('Implementation shortfall, every leg alike'),
    weightedBps: bps('The same, by notional: spread + impact + fee'),
    spreadBps: bps('By notional'),
    impactBps: bps('By notional; negative where the market came towards the orders'),
    feeBps: bps('By notional; gas included'),
    expectedBps: z.number().nullable().meta({
      description: 'What the plans estimated, by notional, over the legs that were estimated; null without any',
    }),
    beyondExpectedBps: z.number().nullable().meta({
      description: 'Shortfall less estimate over those same legs; positive was dearer than planned',
    }),
  })
  .meta({ id: 'CostScore' });
export type CostScore = z.infer<typeof CostScoreSchema>;

export const TimeScoreSchema = z
  .object({
    orders: count('Sent and settled'),
    median: z.number().meta({ description: 'Seconds' }),
    p90: z.number().meta({ description: 'Seconds' }),
  })
  .meta({ id: 'TimeScore', description: 'From marked as sent to settled' });

export const VenueScorecardSchema = z
  .object({
    venue: z.enum(VENUES),
    quote: z.string().meta({ description: 'Quote currency of the orders' }),
    currency: z.string().meta({ description: 'Of the amounts: the quote currency, or the coin of inverse contracts' }),
    orders: count('Without rehearsals'),
    filled: count('Filled whole'),
    partiallyFilled: count('Ended with some of their quantity'),
    unfilled: count('Canceled or expired without a fill'),
    rejected: count('Refused by the venue'),
    denied: count('Refused by Ballast, and never sent'),
    open: count('Not settled yet'),
    sentNotional: decimalString.meta({ description: 'Of the orders that were sent, at their reference prices' }),
    fillRatio: z.number().nullable().meta({
      description: 'Share of `sentNotional` that has traded; null where nothing was sent',
    }),
    cost: CostScoreSchema.nullable().meta({ description: 'null without legs that traded' }),
    secondsToSettle: TimeScoreSchema.nullable().meta({ description: 'null without settled orders' }),
  })
  .meta({ id: 'VenueScorecard' });
export type VenueScorecard = z.infer<typeof VenueScorecardSchema>;

export const VenueScorecardsSchema = z
  .object({ from: z.iso.datetime(), to: z.iso.datetime(), items: z.array(VenueScorecardSchema) })
  .meta({ id: 'VenueScorecards' });
export type VenueScorecards = z.infer<typeof VenueScorecardsSchema>;
