import { z } from 'zod';
import { text } from '../platform/text.ts';

// What an order must keep to before it is sent. Amounts are in the quote currency of the order.

const finite = z.number().finite();

const limitFields = {
  maxOrderNotional: finite.positive().meta({ description: 'Largest order, in its quote currency' }),
  maxWindowNotional: finite.positive().meta({
    description: 'Largest sum of the orders sent within `windowSeconds`, this one included, by quote currency',
  }),
  windowSeconds: finite
    .positive()
    .max(7 * 86_400)
    .meta({ description: 'Length of the window; 86,400 when left out' }),
  collarBps: finite
    .positive()
    .max(10_000)
    .meta({ description: "How far the limit price may be from the latest snapshot's mark, on the losing side" }),
  maxQuoteAgeSeconds: finite
    .positive()
    .max(86_400)
    .meta({ description: 'Oldest market snapshot that an order may rest on when it is sent' }),
  maxDepthShare: finite.positive().max(100).meta({
    description: 'Largest share of the size displayed at the touch, where the snapshot tells it; 1 is all of it',
  }),
  reduceOnly: z.boolean().meta({ description: 'No order may increase a position, or turn it over, in what is traded' }),
};

export const LimitsSchema = z
  .strictObject(limitFields)
  .partial()
  .meta({
    id: 'TradingLimits',
    description: 'What is left out is not limited',
    examples: [{ maxOrderNotional: 250_000, maxWindowNotional: 2_000_000, collarBps: 100, maxQuoteAgeSeconds: 60 }],
  });
export type Limits = z.infer<typeof LimitsSchema>;

export const TRADING_STATES = ['active', 'reducing', 'halted'] as const;
export type TradingState = (typeof TRADING_STATES)[number];

const tradingState = z.enum(TRADING_STATES).meta({
  description:
    'active: orders are sent; reducing: only those that make the delta of their underlying smaller; halted: none, and open ones are canceled',
});

export const TradingStateInputSchema = z
  .strictObject({
    state: tradingState,
    reason: text(500).meta({ description: 'For the audit' }),
    scope: z
      .enum(['tenant', 'global'])
      .default('tenant')
      .meta({ description: 'global: of every tenant; for the operator of the service alone' }),
  })
  .meta({ id: 'TradingStateRequest', examples: [{ state: 'halted', reason: 'Feed is wrong' }] });
export type TradingStateInput = z.infer<typeof TradingStateInputSchema>;

const said = { state: tradingState, reason: z.string(), setAt: z.iso.datetime().nullable() };
export const TradingStateViewSchema = z
  .object({
    state: tradingState.meta({ description: 'In force: the stricter of the two' }),
    tenant: z.object(said),
    global: z.object(said),
  })
  .meta({ id: 'TradingStateInForce' });
export type TradingStateView = z.infer<typeof TradingStateViewSchema>;

/** Why Ballast itself refused to send an order. */
export const DENIALS = [
  'trading_halted',
  'trading_state_reducing',
  'notional_exceeds_max_per_order',
  'notional_exceeds_max_per_window',
  'price_collar',
  'quote_stale',
  'no_market',
  'depth_share',
  'reduce_only_would_increase_position',
  'expired',
  'canceled',
  'quarantined',
  'other_order_denied',
] as const;
export type DenialCode = (typeof DENIALS)[number];

export interface Denial {
  code: DenialCode;
  detail: string;
}
