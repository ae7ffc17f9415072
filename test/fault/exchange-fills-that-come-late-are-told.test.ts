import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, startStage, type ExchangeStage } from '../venues/stage.ts';

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  it('an order that was taken, and whose fills cannot be told, is open until they can be', async () => {
    stage.refill();
    const order = stage.order();
    if (name === 'deribit') stage.wire.fail({ on: stage.on.place, effect: 'done', answer: 'drop' }); // it tells them at once
    stage.wire.fail({ on: stage.on.trades, effect: 'none', answer: 'drop' });
    const report = await stage.venue.submit(order).catch(() => undefined);
    if (name !== 'deribit') expect(report).toMatchObject({ status: 'accepted', fills: [] });
    else await expect(stage.venue.lookup(order)).rejects.toThrow();
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'filled', fills: [{}, {}] });
  });

  it('an order says that it has traded before its fills are told: it stays open', async () => {
    stage.refill();
    const order = stage.order();
    await stage.venue.submit(order);
    const none = { status: 200, body: { code: '0', result: [], data: [] } };
    const answer = name === 'binance' ? { status: 200, body: [] } : none;
    const times = name === 'binance' ? 1 : 2; // the others tell older trades elsewhere
    stage.wire.fail({ on: stage.on.trades, effect: 'none', answer, times });
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'accepted', fills: [] });
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'filled' });
  });

  it('what is traded after the order was canceled is told with the rest', async () => {
    stage.refill();
    const order = stage.order({ limitPrice: '100010' }); // the first level alone
    const ended = await stage.venue.submit(order);
    expect(['canceled', 'expired']).toContain(ended.status);
    expect(ended.fills).toHaveLength(1);
    const [taken] = stage.engine.taken(order.clientOrderId);
    stage.engine.late(taken!, '100009', stage.lot);
    const late = (await stage.venue.lookup(order))!;
    expect(late.fills).toHaveLength(2);
    expect(late.fills[1]).toMatchObject({ price: '100009' });
  });
});
