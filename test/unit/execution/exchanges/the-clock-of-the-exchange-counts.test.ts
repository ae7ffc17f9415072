import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXCHANGES, startStage, type ExchangeStage } from '../../../venues/stage.ts';

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeEach(async () => {
    stage = await startStage(name);
  });
  afterEach(() => stage.close());

  it.each([-3_600_000, 3_600_000])('orders are taken where our clock is %i ms off', async (ms) => {
    stage.skew.ms = ms;
    expect(await stage.venue.submit(stage.order())).toMatchObject({ status: 'filled' });
  });

  it('a clock that jumps is compared again, and nothing is placed twice', async () => {
    await stage.venue.submit(stage.order());
    stage.refill();
    stage.skew.ms = 120_000;
    const order = stage.order();
    expect(await stage.venue.submit(order)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('it is not compared for every call', async () => {
    for (let i = 0; i < 3; i++) await stage.venue.lookup(stage.order());
    expect(stage.wire.calls.filter((call) => /time$/.test(call))).toHaveLength(1);
  });
});
