import { z } from 'zod';
import { decimalString } from '../platform/decimal.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import type { Instrument } from '../instruments/model.ts';

// What a book earned and what its hedging cost, between two market snapshots. All of it adds up: net is the sum of its parts,
// and the profit of the options is the sum of its explanation, to the last digit shown.

export const MONEY_DECIMALS = 6;

export const EXPLANATION = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;
export type Explanation = (typeof EXPLANATION)[number];

const money = (description: string) => decimalString.meta({ description });

const ExplanationSchema = z
  .object({
    delta: money('delta × move of the underlying'),
    gamma: money('½ × gamma × move²'),
    vega: money('vega × move of the implied volatility'),
    theta: money('theta × time: what the passing of time earned'),
    rho: money('Interest rates and carry'),
    vanna: money('vanna × move × move of the volatility'),
    volga: money('½ × volga × move of the volatility²'),
    charm: money('charm × move × time'),
    trades: money('What options were traded at, against their marks at the time'),
    unexplained: money('What is left: optionPnl less all the others'),
  })
  .meta({ id: 'LedgerExplanation', description: 'Of the profit of the options, by Greek; adds up to optionPnl' });

const lineFields = {
  net: money('optionPnl + hedgePnl + funding − fees − spread − impact'),
  optionPnl: money('Of options and shares of pools'),
  hedgePnl: money('Of spot, perpetuals and futures, at their marks'),
  funding: money('Received for perpetuals held; negative where it was paid'),
  fees: money('Paid for executions'),
  spread: money('Paid to cross the bid–ask spread: up to half of it, against the reference price of each order'),
  impact: money('What executions were worse than that'),
  premium: money('Received for options sold less paid for options bought, in the period; a flow, and no part of net'),
  thetaEarned: money('theta of the explanation'),
  hedgingCost: money('fees + spread + impact − funding'),
  costToTheta: z
    .number()
    .nullable()
    .meta({ description: 'hedgingCost / thetaEarned; null where nothing was earned by time' }),
  costToPremium: z.number().nullable().meta({ description: 'hedgingCost / premium; null where none was received' }),
  openingValue: money('Worth of the book at the start'),
  closingValue: money('Worth of the book at the end'),
  explanation: ExplanationSchema,
};

const LedgerLineSchema = z
  .object({ underlying: z.string(), quote: z.string(), ...lineFields })
  .meta({ id: 'LedgerLine' });
export type LedgerLine = z.infer<typeof LedgerLineSchema>;

const LedgerTotalSchema = z.object({ currency: z.string(), ...lineFields }).meta({ id: 'LedgerTotal' });
export type LedgerTotal = z.infer<typeof LedgerTotalSchema>;

const MarkSchema = z
  .object({
    marketSnapshotId: z.uuid(),
    asOf: z.iso.datetime(),
    portfolioVersion: z.int().nullable().meta({ description: 'The book that was held; null before the first' }),
  })
  .meta({ id: 'LedgerMark' });

export const UnpricedFeeSchema = z
  .object({ amount: decimalString, currency: z.string() })
  .meta({ id: 'UnpricedFee', description: 'A fee in a currency that no market prices: what it is worth is not known' });
export type UnpricedFee = z.infer<typeof UnpricedFeeSchema>;

export const LedgerSchema = z
  .object({
    portfolioId: z.uuid(),
    from: MarkSchema,
    to: MarkSchema,
    marks: z.int().meta({ description: 'Snapshots that the book was marked at, both ends included' }),
    trades: z.int().meta({ description: 'Changes of positions that were booked' }),
    cash: z.array(LedgerTotalSchema).meta({ description: 'By quote currency' }),
    underlyings: z.array(LedgerLineSchema),
    unpricedFees: z.array(UnpricedFeeSchema).meta({
      description: 'Paid for executions, by currency, and in none of the numbers: no snapshot at that time prices them',
    }),
    unvalued: z.int().meta({ description: 'Times that a position could not be marked; it is in no number then' }),
    failures: z
      .array(
        z
          .object({ positionId: z.string(), marketSnapshotId: z.uuid(), code: z.string(), detail: z.string() })
          .meta({ id: 'LedgerFailure' }),
      )
      .max(MAX_FAULTS),
    assumptions: z.array(z.string()).meta({ description: 'What had to be taken for granted, in words' }),
  })
  .meta({ id: 'Ledger' });
export type Ledger = z.infer<typeof LedgerSchema>;

export const RESOLUTIONS = ['changes', 'snapshots'] as const;

export const ledgerQuery = z.strictObject({
  from: z.uuid().optional().meta({
    description:
      'Market snapshot to start at, with the book as it was then; the inception of the portfolio when left out: an empty book, and the first positions are trades',
  }),
  to: z.uuid().optional().meta({ description: 'Market snapshot to end at; the one with the latest asOf' }),
  resolution: z.enum(RESOLUTIONS).default('changes').meta({
    description:
      'changes: mark where the book changed; snapshots: at every snapshot between, evenly thinned to 200, which explains more',
  }),
});
export type LedgerQuery = z.infer<typeof ledgerQuery>;

/** A fill as the ledger keeps it. Amounts are in the currencies of the instrument. */
export interface Trade {
  orderId: string;
  portfolioVersion: number;
  instrument: Instrument;
  /** Signed, bought is positive; in the instrument's own quantity. */
  quantity: string;
  price: string;
  /** Middle of the market when the order was made. */
  referencePrice: string;
  halfSpreadBps: number;
  fee: string;
  /** The quote currency, the underlying, or any other. */
  feeCurrency: string;
}
