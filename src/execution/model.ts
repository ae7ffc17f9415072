import { z } from 'zod';
import { InstrumentTermsSchema } from '../instruments/model.ts';
import { decimalString } from '../platform/decimal.ts';
import { operationFields } from '../platform/operation.ts';
import { ORDER_STATUSES } from './orderState.ts';

export const VENUES = ['paper'] as const;

export const ExecutionInputSchema = z
  .strictObject({
    venue: z
      .enum(VENUES)
      .default('paper')
      .meta({ description: "paper: fills against the quotes of the plan's market snapshot; nothing leaves Ballast" }),
    participation: z.number().gt(0).max(1).default(1).meta({
      description: 'Share of each order that the paper venue fills at most; below 1 rehearses partial fills',
    }),
  })
  .meta({ id: 'ExecutionRequest', examples: [{ venue: 'paper' }] });
export type ExecutionInput = z.infer<typeof ExecutionInputSchema>;

export const FillSchema = z
  .object({
    tradeId: z.string(),
    quantity: decimalString,
    price: decimalString,
    fee: decimalString,
    feeCurrency: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Fill' });
export type Fill = z.infer<typeof FillSchema>;

export const OrderTransitionSchema = z
  .object({
    sequence: z.int(),
    from: z.enum(ORDER_STATUSES).nullable(),
    to: z.enum(ORDER_STATUSES),
    reason: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'OrderTransition' });
export type OrderTransition = z.infer<typeof OrderTransitionSchema>;

export const OrderSchema = z
  .object({
    id: z.uuid(),
    executionId: z.uuid(),
    leg: z.int(),
    clientOrderId: z.string().meta({
      description: 'Made from the plan and the leg: the same order has the same id, however often it is sent',
    }),
    venue: z.enum(VENUES),
    venueOrderId: z.string().nullable(),
    symbol: z.string(),
    terms: InstrumentTermsSchema,
    side: z.enum(['buy', 'sell']),
    quantity: decimalString,
    quantityUnit: z.string(),
    limitPrice: decimalString,
    referencePrice: decimalString,
    status: z.enum(ORDER_STATUSES),
    reason: z.string().nullable().meta({ description: 'Why it was denied, rejected or canceled' }),
    filledQuantity: decimalString,
    averagePrice: decimalString.nullable(),
    fee: decimalString.meta({ description: 'Paid so far, in `feeCurrency`' }),
    feeCurrency: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof OrderSchema>;

export const OrderDetailSchema = OrderSchema.extend({
  fills: z.array(FillSchema),
  transitions: z.array(OrderTransitionSchema),
}).meta({ id: 'OrderDetail' });
export type OrderDetail = z.infer<typeof OrderDetailSchema>;

export const OUTCOMES = ['completed', 'partial', 'failed'] as const;

export const ExecutionResultSchema = z
  .object({
    outcome: z
      .enum(OUTCOMES)
      .meta({ description: 'completed: every order was filled; partial: some quantity was; failed: none was' }),
    portfolioVersion: z
      .int()
      .nullable()
      .meta({ description: 'The version that holds the fills; null when there are none' }),
  })
  .meta({ id: 'ExecutionResult' });
export type ExecutionResult = z.infer<typeof ExecutionResultSchema>;

export const ExecutionSchema = z
  .object({
    id: z.uuid(),
    hedgePlanId: z.uuid(),
    portfolioId: z.uuid(),
    venue: z.enum(VENUES),
    ...operationFields,
    result: ExecutionResultSchema.nullable(),
    orders: z.array(OrderSchema),
  })
  .meta({ id: 'Execution' });
export type Execution = z.infer<typeof ExecutionSchema>;
