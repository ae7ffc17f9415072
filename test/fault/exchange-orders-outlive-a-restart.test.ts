import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, refOf, startStage, type ExchangeStage } from '../venues/stage.ts';
import { worked } from '../venues/worked.ts';

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  it('between the order being written down and its being sent: it is sent once', async () => {
    stage.refill();
    const order = stage.order();
    expect(await worked(stage.restarted(), order, true)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('between its being sent and its answer: it is found', async () => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect: 'done', answer: 'drop' });
    await expect(stage.venue.submit(order)).rejects.toThrow();
    expect(await worked(stage.restarted(), order, true)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('while it is still under way: nobody is told that it is unknown before it can no longer come', async () => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect: 'late', answer: 'drop' });
    await expect(stage.venue.submit(order)).rejects.toThrow();
    const restarted = stage.restarted();
    expect(await restarted.lookup(refOf(order))).toBeUndefined();
    stage.wire.deliver();
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(0);
    expect(await worked(restarted, order, true)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('of another process, that took the order over from this one', async () => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect: 'none', answer: { status: 500, body: {} } });
    await expect(stage.venue.submit(order)).rejects.toThrow();
    stage.pass(10_000);
    stage.wire.fail({ on: stage.on.place, effect: 'late', answer: 'drop' });
    await expect(stage.restarted().submit(order)).rejects.toThrow();
    expect(await stage.venue.lookup(refOf(order))).toBeUndefined(); // and waits until that of the other cannot come
    stage.wire.deliver();
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(0);
  });
});
