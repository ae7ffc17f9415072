import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderReport } from '../../../../src/execution/ports.ts';
import { startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';

/** What the venues call the states of an order, and what they are to us; where they are of an order that has not traded. */
const STATES: Record<ExchangeName, Record<string, OrderReport['status']>> = {
  deribit: {
    ...{ open: 'accepted', untriggered: 'accepted', triggered: 'accepted', filled: 'filled' },
    ...{ cancelled: 'canceled', rejected: 'rejected', archive: 'canceled' },
  },
  binance: {
    ...{ NEW: 'accepted', PARTIALLY_FILLED: 'partially_filled', FILLED: 'filled', CANCELED: 'canceled' },
    ...{ EXPIRED: 'expired', EXPIRED_IN_MATCH: 'expired', REJECTED: 'rejected' },
  },
  okx: {
    ...{ live: 'accepted', partially_filled: 'partially_filled', filled: 'filled' },
    ...{ canceled: 'canceled', mmp_canceled: 'canceled' },
  },
};

const ANSWERS: Record<ExchangeName, (state: string, id: string) => object> = {
  deribit: (order_state, label) => ({
    result: [
      { order_id: 'v-1', order_state, label, instrument_name: 'X', amount: 1, filled_amount: 0, creation_timestamp: 1 },
    ],
  }),
  binance: (status, clientOrderId) => ({
    orderId: 1,
    symbol: 'X',
    status,
    clientOrderId,
    side: 'BUY',
    origQty: '1',
    executedQty: '0',
  }),
  okx: (state, clOrdId) => ({
    code: '0',
    data: [{ ordId: '1', clOrdId, instId: 'X', side: 'buy', state, sz: '1', accFillSz: '0' }],
  }),
};

describe.each(Object.keys(STATES) as ExchangeName[])('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  const told = (state: string) => {
    const order = stage.order();
    const body = ANSWERS[name](state, order.clientOrderId);
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer: { status: 200, body } });
    return stage.venue.lookup(order);
  };

  it.each(Object.entries(STATES[name]))('%s is %s', async (state, ours) => {
    const report = (await told(state))!;
    expect(report.status).toBe(ours);
    expect(report.reason).toEqual(/canceled|expired|rejected/.test(ours) ? expect.any(String) : null);
  });

  it('one that we do not know says nothing of the order', async () => {
    await expect(told('hibernating')).rejects.toThrow('the answer cannot be read at');
  });
});
