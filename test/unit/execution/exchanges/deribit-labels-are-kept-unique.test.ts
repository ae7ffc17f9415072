import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStage, type ExchangeStage } from '../../../venues/stage.ts';

let stage: ExchangeStage;
beforeEach(async () => {
  stage = await startStage('deribit');
});
afterEach(() => stage.close());

describe('Deribit takes a label any number of times, and we do not', () => {
  it('two orders under one label are an incident: told as one that traded what both did', async () => {
    const order = stage.order();
    const placed = { account: order.accountId!, instrument: stage.instrument, side: 'buy', price: '100100' } as const;
    const [first, second] = ['1', '2'].map(() => {
      stage.refill();
      return stage.engine.place({ ...placed, amount: '1000', clientId: order.clientOrderId, ioc: true });
    });
    const report = (await stage.venue.lookup(order))!;
    expect(report).toMatchObject({ venueOrderId: first!.id, status: 'filled' });
    expect(report.reason).toBe(`Incident: the venue holds 2 orders under this id: ${first!.id}, ${second!.id}`);
    expect(report.fills.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBe(2_000);
  });

  it('an order that ended half an hour ago, and is no longer found by its label, is found and not sent again', async () => {
    const order = stage.order();
    const report = await stage.venue.submit(order);
    stage.pass(31 * 60_000);
    expect(await stage.restarted().lookup(order)).toEqual(report);
  });

  it('also after a day, when its trades are elsewhere too', async () => {
    const order = stage.order();
    const report = await stage.venue.submit(order);
    stage.pass(25 * 3_600_000);
    expect(await stage.restarted().lookup(order)).toEqual(report);
  });

  it('a history that is too long to be searched proves nothing', async () => {
    const order = stage.order();
    for (let i = 0; i < 5_001; i++)
      stage.engine.place({
        account: order.accountId!,
        instrument: stage.instrument,
        side: 'sell',
        amount: '10',
        price: '999999',
        clientId: '',
        ioc: true,
      });
    stage.pass(31 * 60_000);
    await expect(stage.venue.lookup(order)).rejects.toThrow('is not among the last 5000 in BTC-PERPETUAL');
  });
});
