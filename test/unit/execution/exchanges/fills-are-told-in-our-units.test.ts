import { afterEach, describe, expect, it } from 'vitest';
import type { InstrumentTerms } from '../../../../src/instruments/model.ts';
import { AT, startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';

const perpetual = { kind: 'perpetual', underlying: 'BTC', quote: 'USD' } as const;
const inverse = { ...perpetual, settlement: 'inverse' } as const;
const linear = { ...perpetual, settlement: 'linear' } as const;
const expiry = '2026-12-25T08:00:00.000Z';
const call = { ...inverse, kind: 'option', optionType: 'call', strike: '90000', expiry } as const;

interface Traded {
  what: string;
  venue: ExchangeName;
  terms: InstrumentTerms;
  instrument: string;
  /** Offered at the venue, in its amounts. */
  offered: [price: string, amount: string][];
  quantity: string;
  limitPrice: string;
  /** What the venue is sent. */
  sent: string;
  fills: { quantity: string; price: string; fee: string; feeCurrency: string }[];
}

const TRADED: Traded[] = [
  {
    ...{ what: 'coin-settled perpetual: dollars', venue: 'deribit', terms: inverse, instrument: 'BTC-PERPETUAL' },
    ...{ offered: [['50000', '100'], ['50010.5', '900']], quantity: '1000', limitPrice: '50011', sent: '1000' }, // prettier-ignore
    fills: [
      { quantity: '100', price: '50000', fee: '0.000001', feeCurrency: 'BTC' },
      { quantity: '900', price: '50010.5', fee: '0.000009', feeCurrency: 'BTC' },
    ],
  },
  {
    ...{ what: 'dated future: dollars', venue: 'deribit', terms: { ...inverse, kind: 'future', expiry } },
    ...{ instrument: 'BTC-25DEC26', offered: [['80000', '500']], quantity: '200', limitPrice: '80004', sent: '200' },
    fills: [{ quantity: '200', price: '80000', fee: '0.00000125', feeCurrency: 'BTC' }],
  },
  {
    ...{ what: 'option: coins, at a price in coin', venue: 'deribit', terms: call, instrument: 'BTC-25DEC26-90000-C' },
    ...{ offered: [['0.0345', '3']], quantity: '2.5', limitPrice: '0.0352', sent: '2.5' },
    fills: [{ quantity: '2.5', price: '0.0345', fee: '0.00075', feeCurrency: 'BTC' }],
  },
  {
    ...{ what: 'linear perpetual: coins', venue: 'deribit', terms: linear, instrument: 'BTC_USDC-PERPETUAL' },
    ...{ offered: [['100000', '1']], quantity: '0.0123', limitPrice: '100000', sent: '0.0123' },
    fills: [{ quantity: '0.0123', price: '100000', fee: '0.615', feeCurrency: 'USD' }],
  },
  {
    ...{ what: 'perpetual: coins', venue: 'binance', terms: linear, instrument: 'BTCUSDT' },
    ...{ offered: [['100000', '0.01'], ['100000.1', '5']], quantity: '0.015', limitPrice: '100001', sent: '0.015' }, // prettier-ignore
    fills: [
      { quantity: '0.01', price: '100000', fee: '0.5', feeCurrency: 'USD' },
      { quantity: '0.005', price: '100000.1', fee: '0.25000025', feeCurrency: 'USD' },
    ],
  },
  {
    ...{ what: 'dated future: coins', venue: 'binance', terms: { ...linear, kind: 'future', expiry } },
    ...{
      instrument: 'BTCUSDT_261225',
      offered: [['101000', '5']],
      quantity: '0.002',
      limitPrice: '101500',
      sent: '0.002',
    },
    fills: [{ quantity: '0.002', price: '101000', fee: '0.101', feeCurrency: 'USD' }],
  },
  {
    ...{ what: 'linear swap: coins, of contracts of 0.01', venue: 'okx', terms: linear, instrument: 'BTC-USDT-SWAP' },
    ...{ offered: [['100000', '1.5'], ['100002', '50']], quantity: '0.0217', limitPrice: '100005', sent: '2.17' }, // prettier-ignore
    fills: [
      { quantity: '0.015', price: '100000', fee: '0.75', feeCurrency: 'USD' },
      { quantity: '0.0067', price: '100002', fee: '0.3350067', feeCurrency: 'USD' },
    ],
  },
  {
    ...{ what: 'inverse swap: dollars, of contracts of 100', venue: 'okx', terms: inverse, instrument: 'BTC-USD-SWAP' },
    ...{ offered: [['100000', '20']], quantity: '1010', limitPrice: '100000', sent: '10.1' },
    fills: [{ quantity: '1010', price: '100000', fee: '0.00000505', feeCurrency: 'BTC' }],
  },
];

let stage: ExchangeStage;
afterEach(() => stage.close());

describe('fills are told in our units, with what was paid', () => {
  it.each(TRADED)('$venue, $what', async ({ venue, terms, instrument, offered, quantity, limitPrice, sent, fills }) => {
    stage = await startStage(venue);
    stage.engine.quote(instrument, [], offered);
    const order = stage.order({ terms, quantity, limitPrice });
    const report = await stage.venue.submit(order);
    expect(stage.engine.taken(order.clientOrderId)).toMatchObject([{ amount: sent, instrument }]);
    expect(report).toMatchObject({ status: 'filled', reason: null });
    expect(report.fills).toMatchObject(fills.map((fill) => ({ ...fill, at: AT })));
  });

  it('a rebate is a fee below zero', async () => {
    stage = await startStage('okx');
    const order = stage.order();
    const asked = stage.order({ clientOrderId: order.clientOrderId });
    await stage.venue.submit(asked);
    const fill = {
      tradeId: '1',
      billId: '1',
      fillSz: '50',
      fillPx: '100',
      fee: '0.25',
      feeCcy: 'USDT',
      ts: '1779451200000',
    };
    const ordId = stage.engine.taken(order.clientOrderId)[0]!.id;
    const answer = { status: 200, body: { code: '0', msg: '', data: [{ ...fill, ordId }] } };
    stage.wire.fail({ on: stage.on.trades, effect: 'none', answer });
    expect((await stage.venue.lookup(order))!.fills).toMatchObject([{ fee: '-0.25', quantity: '0.5' }]);
  });

  it('an order that OKX fills with more than one page of trades is told whole', async () => {
    stage = await startStage('okx');
    const offered = Array.from({ length: 250 }, (_, i): [string, string] => [String(100_000 + i), '0.2']);
    stage.engine.quote(stage.instrument, [], offered);
    const report = await stage.venue.submit(stage.order({ limitPrice: '101000' }));
    expect(report).toMatchObject({ status: 'filled' });
    expect(report.fills).toHaveLength(250);
    expect(report.fills[0]).toMatchObject({ price: '100000', quantity: '0.002' });
  });

  it('what is not filled at once is canceled, and what was is told', async () => {
    for (const venue of ['deribit', 'binance', 'okx'] as const) {
      stage = await startStage(venue);
      const report = await stage.venue.submit(stage.order({ limitPrice: '100010' }));
      expect(report.status).toBe(venue === 'binance' ? 'expired' : 'canceled');
      expect(report.reason).toEqual(expect.any(String));
      expect(report.fills).toHaveLength(1);
      if (venue !== 'okx') await stage.close();
    }
  });
});
