import type { Fill } from '../../../src/execution/model.ts';
import type { PlannedOrder } from '../../../src/hedging/model.ts';
import type { OrderReport, VenueOrder } from '../../../src/execution/ports.ts';
import { NO_COSTS } from '../../../src/quant/hedging/cost.ts';

export const AT = '2030-11-01T08:00:00.000Z';

export function fill(tradeId: string, quantity: string, price = '100', fee = '0.01'): Fill {
  return { tradeId, quantity, price, fee, feeCurrency: 'USD', at: AT };
}

export function report(status: OrderReport['status'], fills: Fill[] = [], reason: string | null = null): OrderReport {
  return { venueOrderId: 'v-1', status, reason, fills };
}

const INVERSE = { kind: 'perpetual', underlying: 'BTC', quote: 'USD', settlement: 'inverse' } as const;

/** Ten bitcoin of spot at 100,000, with a limit fifty basis points away. */
export function spotOrder(rest: Partial<VenueOrder> = {}): VenueOrder {
  const side = rest.side ?? 'buy';
  return {
    tenantId: 'tenant',
    accountId: null,
    clientOrderId: 'b1',
    symbol: 'spot:BTC/USD',
    terms: { kind: 'spot', underlying: 'BTC', quote: 'USD' },
    side,
    quantity: '10',
    lotSize: '0.1',
    referencePrice: '100000',
    limitPrice: side === 'buy' ? '100500' : '99500',
    costModel: { ...NO_COSTS, feeBps: 5, halfSpreadBps: 1, impactCoefficient: 2 },
    marketSnapshotId: 'snapshot',
    participation: 1,
    mempool: 'public',
    validUntil: new Date('2030-11-01T08:05:00Z'),
    ...rest,
  };
}

/** A million dollars of the coin-settled perpetual. */
export function inverseOrder(rest: Partial<VenueOrder> = {}): VenueOrder {
  return spotOrder({ symbol: 'deribit:BTC-PERPETUAL', terms: INVERSE, quantity: '1000000', lotSize: '10', ...rest });
}

/** Two bitcoin of spot to be bought at about 100,000. */
export function plannedOrder(rest: Partial<PlannedOrder> = {}): PlannedOrder {
  const { symbol, terms, lotSize, referencePrice, limitPrice, costModel } = spotOrder({ side: rest.side ?? 'buy' });
  return {
    ...{ leg: 0, underlying: 'BTC', quote: 'USD', symbol, terms, side: 'buy', quantity: '2', quantityUnit: 'BTC' },
    ...{ lotSize, referencePrice, limitPrice, priceUnit: 'USD', timeInForce: 'immediate_or_cancel', delta: 2 },
    costModel,
    estimatedCost: { currency: 'USD', fee: '100', spread: '20', impact: '30', fixed: '0', total: '150' } as never,
    ...rest,
  };
}
