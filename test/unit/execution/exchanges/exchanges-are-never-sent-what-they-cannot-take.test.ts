import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstrumentTerms } from '../../../../src/instruments/model.ts';
import { EXCHANGES, startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';

const perpetual = { kind: 'perpetual', underlying: 'BTC', quote: 'USD', settlement: 'linear' } as const;
const option = {
  kind: 'option',
  underlying: 'BTC',
  quote: 'USD',
  settlement: 'inverse',
  optionType: 'call',
  strike: '90000',
  expiry: '2026-12-25T08:00:00.000Z',
} as const;

/** Terms that the venue cannot trade, and what is said of them. */
const UNTRADED: Record<ExchangeName, [InstrumentTerms, string][]> = {
  deribit: [
    [
      { ...perpetual, underlying: 'DOGE', settlement: 'inverse' },
      'deribit does not list any inverse perpetual on DOGE/USD',
    ],
    [{ ...option, strike: '91000' }, 'deribit does not list BTC-25DEC26-91000-C'],
    [{ ...option, expiry: '2026-12-25T09:00:00.000Z' }, 'deribit does not list any inverse option on BTC/USD'],
    [{ kind: 'spot', underlying: 'BTC', quote: 'USD' }, 'deribit does not list any spot on BTC/USD'],
    [{ ...perpetual, underlying: 'ETH', settlement: 'inverse' }, 'deribit takes no orders in ETH-PERPETUAL now'],
  ],
  binance: [
    [{ ...perpetual, underlying: 'DOGE' }, 'binance does not list DOGEUSDT'],
    [{ ...perpetual, settlement: 'inverse' }, 'binance does not list any inverse perpetual on BTC/USD'],
    [option, 'binance does not list any inverse option on BTC/USD'],
    [{ ...perpetual, underlying: 'ETH' }, 'binance takes no orders in ETHUSDT now'],
  ],
  okx: [
    [{ ...perpetual, underlying: 'DOGE' }, 'okx does not list DOGE-USDT-SWAP'],
    [{ ...perpetual, quote: 'EUR', settlement: 'inverse' }, 'okx does not list any inverse perpetual on BTC/EUR'],
    [option, 'okx does not list any inverse option on BTC/USD'],
    [{ ...perpetual, underlying: 'ETH' }, 'okx takes no orders in ETH-USDT-SWAP now'],
  ],
};

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  const placed = () => stage.wire.calls.filter((call) => call.includes(stage.on.place)).length;

  it.each(UNTRADED[name])('an instrument that is not traded there: %o', async (terms, reason) => {
    const before = placed();
    expect(await stage.venue.submit(stage.order({ terms }))).toMatchObject({ status: 'rejected', reason, fills: [] });
    expect(placed()).toBe(before);
  });

  it('a quantity off the grid', async () => {
    const before = placed();
    const report = await stage.venue.submit(stage.order({ quantity: '0.30005' }));
    expect(report).toMatchObject({ status: 'rejected', fills: [] });
    expect(report.reason).toMatch(
      /^The quantity 0.30005 is off the grid: \S+ is traded in multiples of (10|0.001|0.0001)$/,
    );
    expect(placed()).toBe(before);
  });

  it('an order whose time is over', async () => {
    const before = placed();
    const validUntil = new Date(stage.clock.now().getTime() - 1);
    const report = await stage.venue.submit(stage.order({ validUntil }));
    expect(report).toMatchObject({
      status: 'rejected',
      reason: `The order was valid until ${validUntil.toISOString()}`,
    });
    expect(placed()).toBe(before);
  });

  it('an order without an account', async () => {
    const report = await stage.venue.submit(stage.order({ accountId: null }));
    expect(report).toMatchObject({ status: 'rejected', reason: `An order at ${name} needs an account there` });
  });
});
