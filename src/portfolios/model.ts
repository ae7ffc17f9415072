import { z } from 'zod';
import { text } from '../platform/text.ts';
import {
  InstrumentInputSchema,
  InstrumentTermsSchema,
  instant,
  type Instrument,
  type InstrumentTerms,
  type LiquidityTerms,
} from '../instruments/model.ts';
import { decimal, decimalString, nonNegativeDecimal, positiveDecimal } from '../platform/decimal.ts';

/** A book larger than this is refused; split it by desk or strategy. */
export const MAX_POSITIONS = 100_000;

export const positionId = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII')
  .meta({ description: 'Yours, unique in the portfolio; the symbol when left out' });

export const PositionInputSchema = z
  .strictObject({
    id: positionId.optional(),
    instrument: InstrumentInputSchema,
    quantity: decimal
      .refine((text) => Number(text) !== 0, 'must not be zero')
      .meta({
        description:
          'Signed, long is positive. Options, spot and linear contracts: in the underlying, times `multiplier`. Inverse perpetuals and futures: in the quote currency (USD notional), times `multiplier`',
        examples: ['-12.5'],
      }),
    multiplier: positiveDecimal
      .optional()
      .meta({ description: 'Contract multiplier; 100 for OCC options and 1 for everything else when left out' }),
    averagePrice: nonNegativeDecimal.optional().meta({ description: 'Average entry price, as the venue quotes it' }),
  })
  .meta({ id: 'PositionRequest' });
export type PositionInput = z.infer<typeof PositionInputSchema>;

const EXAMPLE_POSITIONS = [
  { instrument: 'deribit:BTC-25DEC26-90000-C', quantity: '-10', averagePrice: '0.031' },
  { instrument: 'deribit:BTC-PERPETUAL', quantity: '25000' },
  {
    id: 'otc-7',
    quantity: '3',
    instrument: {
      kind: 'option' as const,
      underlying: 'ETH',
      settlement: 'linear' as const,
      optionType: 'put' as const,
      strike: '3000',
      expiry: '2026-12-25T08:00:00Z',
    },
  },
];

const asOf = instant.optional().meta({
  description:
    'The instant that the book is stated at; now when left out. Instruments that had expired by then are refused',
});

export const PortfolioInputSchema = z
  .strictObject({
    name: text(200),
    asOf,
    positions: z.array(PositionInputSchema).max(MAX_POSITIONS),
  })
  .meta({ id: 'PortfolioRequest', examples: [{ name: 'BTC short vol', positions: EXAMPLE_POSITIONS }] });
export type PortfolioInput = z.infer<typeof PortfolioInputSchema>;

export const BookInputSchema = z
  .strictObject({ asOf, positions: z.array(PositionInputSchema).max(MAX_POSITIONS) })
  .meta({ id: 'BookRequest', examples: [{ positions: EXAMPLE_POSITIONS }] });
export type BookInput = z.infer<typeof BookInputSchema>;

export const PositionChangeSchema = PositionInputSchema.omit({ id: true })
  .extend({ asOf })
  .meta({ id: 'PositionChangeRequest', examples: [{ instrument: 'deribit:BTC-PERPETUAL', quantity: '25000' }] });
export type PositionChange = z.infer<typeof PositionChangeSchema>;

export const CAUSES = ['created', 'replaced', 'changed', 'filled', 'expired'] as const;

export const PortfolioSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    version: z.int().meta({ description: 'Grows by one with every change; also the ETag' }),
    asOf: z.iso.datetime(),
    positionCount: z.int(),
    cause: z
      .enum(CAUSES)
      .meta({ description: 'What made this version; filled: an execution; expired: what had expired was taken off' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().meta({ description: 'When this version was made' }),
  })
  .meta({ id: 'Portfolio' });
export type Portfolio = z.infer<typeof PortfolioSchema>;

export const PositionSchema = z
  .object({
    id: z.string(),
    symbol: z.string(),
    terms: InstrumentTermsSchema,
    quantity: decimalString,
    multiplier: decimalString,
    averagePrice: decimalString.nullable(),
  })
  .meta({ id: 'Position' });
export type Position = z.infer<typeof PositionSchema>;

/** A position as the pricers need it: plain numbers. */
export interface BookRow {
  positionId: string;
  symbol: string;
  kind: InstrumentTerms['kind'];
  underlying: string;
  quote: string;
  settlement: 'linear' | 'inverse';
  optionType: 'call' | 'put' | null;
  strike: number | null;
  expiryMs: number | null;
  /** Of a share of a pool, the terms. */
  pool: LiquidityTerms | null;
  quantity: number;
  multiplier: number;
}

/** What tells two versions of a book apart. A position that changed ended and began. */
export interface BookChanges {
  ended: Pick<BookRow, 'positionId' | 'symbol' | 'multiplier'>[];
  begun: BookRow[];
}

/** How one position changed from one version to the next; `row` tells the instrument, with a quantity of 1. */
export interface PositionMove {
  version: number;
  row: BookRow;
  before: Holding | null;
  after: Holding | null;
}

export interface Holding {
  /** quantity × multiplier, signed. */
  size: number;
  averagePrice: number | null;
}

/** What an execution bought (positive) or sold, to be added to the book. */
export interface FilledTrade {
  instrument: Instrument;
  quantity: string;
  averagePrice: string;
}
