import { z } from 'zod';
import { decimalString } from '../platform/decimal.ts';
import { IMPACT_SHAPES } from '../quant/hedging/cost.ts';

// What trading and holding a hedge is taken to cost: one model for plans, policies, backtests and the paper venue.

const finite = z.number().finite();
const bps = finite.nonnegative().max(10_000);

export const costFields = {
  feeBps: bps.meta({ description: 'Fee in basis points of the notional' }),
  halfSpreadBps: bps.meta({
    description: 'Half of the bid–ask spread in basis points; used where the market snapshot quotes no bid and ask',
  }),
  impactCoefficient: bps.meta({
    description: 'Average impact in basis points of an order of 1,000,000 in the quote currency',
  }),
  impactShape: z.enum(IMPACT_SHAPES).meta({
    description: 'How impact grows with the size of the order: with its square root, or in proportion',
  }),
  fixedCost: finite
    .nonnegative()
    .max(1e9)
    .meta({ description: 'Of each order whatever its size, such as gas, in the quote currency' }),
  fundingBpsPer8h: finite
    .min(-1_000)
    .max(1_000)
    .meta({ description: 'Funding in basis points of the notional that a long perpetual pays per 8 hours' }),
};

export const CostModelSchema = z
  .strictObject({
    feeBps: costFields.feeBps.default(5),
    halfSpreadBps: costFields.halfSpreadBps.default(1),
    impactCoefficient: costFields.impactCoefficient.default(2),
    impactShape: costFields.impactShape.default('square_root'),
    fixedCost: costFields.fixedCost.default(0),
    fundingBpsPer8h: costFields.fundingBpsPer8h.default(0),
  })
  .meta({ id: 'CostModel' });

export const EstimatedCostSchema = z
  .object({
    currency: z.string(),
    fee: decimalString,
    spread: decimalString,
    impact: decimalString,
    fixed: decimalString,
    funding: decimalString.meta({ description: 'Of holding it over the horizon, where it is paid' }),
    total: decimalString,
  })
  .meta({ id: 'EstimatedCost' });
export type EstimatedCost = z.infer<typeof EstimatedCostSchema>;
