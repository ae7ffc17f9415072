import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, refOf, startStage, type ExchangeStage } from '../venues/stage.ts';
import type { WireFault } from '../venues/wire.ts';
import { worked } from '../venues/worked.ts';

const ANSWERS: [string, WireFault['answer']][] = [
  ['no answer', 'hang'],
  ['a connection that ends', 'drop'],
  ['status 503', { status: 503, body: {} }],
  ['broken JSON', { status: 200, body: '', raw: '{"result":[{' }],
  ['an answer to something else', { status: 200, body: { code: '0', data: [{}], result: {} } }],
];

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  it.each(ANSWERS)('%s: an order that is there is never said to be unknown', async (_what, answer) => {
    stage.refill();
    const order = stage.order();
    await stage.venue.submit(order);
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer });
    await expect(stage.venue.lookup(refOf(order))).rejects.toThrow(name);
  });

  it.each(ANSWERS)('%s: an order is not sent while it cannot be told whether it is there', async (_what, answer) => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect: 'done', answer: 'drop' });
    stage.wire.fail({ on: stage.on.lookup, effect: 'done', answer: 'own' }); // before it is sent
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer, times: 2 });
    expect(await worked(stage.venue, order)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('open orders that cannot be told are not none', async () => {
    const { tenantId, accountId } = stage.order();
    for (const [, answer] of ANSWERS) {
      stage.wire.fail({ on: stage.on.open, effect: 'none', answer });
      await expect(stage.venue.openOrders({ tenantId, accountId: accountId! })).rejects.toThrow(name);
    }
  });
});
