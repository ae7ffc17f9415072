import { z } from 'zod';
import { InstrumentTermsSchema } from '../instruments/model.ts';
import { UnpricedFeeSchema } from '../ledger/model.ts';
import { decimalString } from '../platform/decimal.ts';
import { operationFields } from '../platform/operation.ts';
import { NettedLegSchema, NettingInputSchema } from './crossingModel.ts';
import { DENIALS, LimitsSchema } from './limitsModel.ts';
import { ORDER_STATUSES } from './orderState.ts';
import { RehearsalSchema } from './rehearsalModel.ts';
import { SCHEDULE_ENDS, ScheduleInputSchema, SliceSchema } from './scheduleModel.ts';
import { MARKETS, VENUES } from './venueNames.ts';

export const MODES = ['auto', 'approve', 'dry_run'] as const;
export const WAITING_FOR = ['approval', 'signature', 'schedule', 'netting'] as const;
/** How a transaction reaches the chain: seen by all, by the relay alone, or whichever loses less. */
const MEMPOOLS = ['public', 'private', 'auto'] as const;
export type Mempool = (typeof MEMPOOLS)[number];

export const ExecutionInputSchema = z
  .strictObject({
    venue: z.enum(MARKETS).default('paper').meta({
      description:
        'paper: fills against the quotes of the market snapshot, nothing leaves Ballast; deribit, binance, okx: exchanges; onchain: pools and aggregators of a chain',
    }),
    accountId: z
      .uuid()
      .optional()
      .meta({ description: 'Your account at the venue (/v1/venue-accounts); needed for every venue but paper' }),
    mode: z.enum(MODES).default('auto').meta({
      description:
        'auto: orders are sent at once; approve: they wait for POST /v1/executions/{id}/approval; dry_run: everything but sending, the book stays as it is',
    }),
    approval: z
      .strictObject({
        expiresInSeconds: z
          .int()
          .min(1)
          .max(86_400)
          .default(300)
          .meta({ description: 'Without a yes by then it is cancelled' }),
        secondKey: z
          .boolean()
          .default(false)
          .meta({ description: 'Another API key than the one that asked for the execution has to approve' }),
      })
      .prefault({})
      .meta({ description: 'mode approve' }),
    limits: LimitsSchema.prefault({}).meta({
      description: "Stricter ones than the tenant's; the stricter of each counts",
    }),
    validForSeconds: z.int().min(1).max(86_400).default(300).meta({
      description:
        'No order is sent later than this after the execution was accepted, or approved; with a schedule, after its slice was due',
    }),
    schedule: ScheduleInputSchema.optional().meta({
      description: 'Sends the orders in slices over time; all at once when left out',
    }),
    netting: NettingInputSchema.optional().meta({
      description:
        'Crosses the orders with opposite ones of your other portfolios at the middle of the market first, and sends on what is left; they go to the venue at once when left out',
    }),
    mempool: z.enum(MEMPOOLS).default('auto').meta({
      description:
        'onchain: public: seen by all; private: through a relay alone; auto: whichever loses less, by the bound on what a sandwich can take against the delay of the relay',
    }),
    participation: z.number().gt(0).max(1).default(1).meta({
      description: 'Share of each order that the paper venue fills at most; below 1 rehearses partial fills',
    }),
    paper: RehearsalSchema.optional().meta({
      description: 'Makes the paper venue slow and unreliable, to rehearse what real ones do; other venues take none',
    }),
  })
  .superRefine(({ venue, accountId, paper }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (venue === 'paper' && accountId !== undefined) fault('accountId', 'paper takes no account');
    if (venue !== 'paper' && accountId === undefined) fault('accountId', `${venue} needs the account to trade with`);
    if (venue !== 'paper' && paper) fault('paper', `is of the paper venue, not of ${venue}`);
  })
  .meta({ id: 'ExecutionRequest', examples: [{ venue: 'paper' }] });
export type ExecutionInput = z.infer<typeof ExecutionInputSchema>;

export const ApprovalInputSchema = z
  .strictObject({ decision: z.enum(['approve', 'reject']).default('approve') })
  .meta({ id: 'ApprovalRequest', examples: [{ decision: 'approve' }] });
export type ApprovalInput = z.infer<typeof ApprovalInputSchema>;

export const SignatureInputSchema = z
  .strictObject({
    signed: z
      .string()
      .regex(/^0x([0-9a-fA-F]{2})+$/, 'must be hexadecimal, with 0x')
      .max(200_000)
      .meta({ description: 'The raw signed transaction, or the signature of the typed data' }),
  })
  .meta({ id: 'SignatureSubmission' });

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

const SignatureRequestSchema = z
  .object({ kind: z.enum(['transaction', 'typed_data']), payload: z.record(z.string(), z.unknown()) })
  .meta({ id: 'SignatureRequest', description: 'A transaction, or typed data (EIP-712), as a wallet takes it' });
export type SignatureRequest = z.infer<typeof SignatureRequestSchema>;

export const OrderSchema = z
  .object({
    id: z.uuid(),
    executionId: z.uuid(),
    leg: z.int(),
    slice: z.int().meta({ description: 'Number of the part of the leg, from 0' }),
    clientOrderId: z.string().meta({
      description:
        'Made from the plan, the leg and the slice: the same order has the same id, however often it is sent',
    }),
    venue: z.enum(VENUES).meta({ description: 'internal: where netting crosses it before the rest goes on' }),
    venueOrderId: z.string().nullable(),
    symbol: z.string(),
    terms: InstrumentTermsSchema,
    side: z.enum(['buy', 'sell']),
    quantity: decimalString,
    quantityUnit: z.string(),
    limitPrice: decimalString,
    referencePrice: decimalString,
    status: z.enum(ORDER_STATUSES),
    denial: z.enum(DENIALS).nullable().meta({ description: 'Why Ballast did not send it; null otherwise' }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it was denied, rejected or canceled; while it is open, what is known of a delay' }),
    signatureRequest: SignatureRequestSchema.nullable().meta({
      description: 'What you have to sign before it goes on: POST /v1/orders/{id}/signature; null otherwise',
    }),
    overfilled: z.boolean().meta({
      description:
        'The venue traded more than was asked for: nothing more is executed on the portfolio before a person has acknowledged it',
    }),
    acknowledgedAt: z.iso.datetime().nullable(),
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

export const ShortfallSchema = z
  .object({
    leg: z.int(),
    symbol: z.string(),
    currency: z.string().meta({ description: 'Of the amounts below' }),
    arrivalPrice: decimalString.meta({ description: 'Middle of the market that the plan was made on' }),
    averagePrice: decimalString,
    filledNotional: decimalString.meta({ description: 'At the arrival price' }),
    spread: decimalString.meta({
      description: 'Of the slippage from the arrival price, up to the half spread of the plan',
    }),
    impact: decimalString.meta({
      description: 'The rest of the slippage; negative where the market came towards the order',
    }),
    fee: decimalString.meta({ description: 'Fees, gas included, as far as a market prices them' }),
    unpricedFees: z
      .array(UnpricedFeeSchema)
      .default([])
      .meta({ description: 'The others: they are in no number here' }),
    total: decimalString,
    bps: z.number().meta({ description: 'Total, in basis points of the notional' }),
    expectedBps: z.number().nullable().meta({ description: 'What the plan estimated; null where it told nothing' }),
    unfilled: decimalString.meta({ description: 'Quantity that was not traded' }),
  })
  .meta({
    id: 'Shortfall',
    description: 'Implementation shortfall of a leg (Perold 1988): what trading it cost against the decision',
  });
export type Shortfall = z.infer<typeof ShortfallSchema>;

export const OUTCOMES = ['completed', 'partial', 'failed', 'rehearsed'] as const;

export const ExecutionResultSchema = z
  .object({
    outcome: z.enum(OUTCOMES).meta({
      description:
        'completed: every leg was filled; partial: some quantity was; failed: none was; rehearsed: a dry run',
    }),
    portfolioVersion: z
      .int()
      .nullable()
      .meta({ description: 'The (last) version that holds the fills; null when there are none' }),
    scheduleEnd: z.enum(SCHEDULE_ENDS).nullable().default(null).meta({
      description:
        'finished: every slice has been sent; called_off, halted, denied, quarantined: it ended before, with what had traded; null where all orders were sent at once',
    }),
    netting: z.array(NettedLegSchema).nullable().default(null).meta({
      description: 'Of every leg of which something was crossed with other portfolios; null without netting',
    }),
    shortfall: z.array(ShortfallSchema).default([]).meta({ description: 'Of every leg that traded' }),
  })
  .meta({ id: 'ExecutionResult' });
export type ExecutionResult = z.infer<typeof ExecutionResultSchema>;

export const ExecutionSchema = z
  .object({
    id: z.uuid(),
    hedgePlanId: z.uuid(),
    portfolioId: z.uuid(),
    venue: z.enum(MARKETS),
    accountId: z.uuid().nullable(),
    mode: z.enum(MODES),
    ...operationFields,
    waitingFor: z.enum(WAITING_FOR).nullable().meta({ description: 'While its status is waiting' }),
    deadline: z.iso.datetime().nullable().meta({
      description:
        'Of what it waits for; when the next slice is due while it waits for its schedule, when the orders are crossed at the latest while it waits for netting',
    }),
    approvedBy: z.uuid().nullable().meta({ description: 'API key that approved it' }),
    approvedAt: z.iso.datetime().nullable(),
    cancelRequestedAt: z.iso.datetime().nullable(),
    result: ExecutionResultSchema.nullable(),
    schedule: z.array(SliceSchema).nullable().meta({
      description: 'null where all orders go out at once. With netting, slice 0 is the crossing of whole legs',
    }),
    orders: z.array(OrderSchema),
  })
  .meta({ id: 'Execution' });
export type Execution = z.infer<typeof ExecutionSchema>;
