import { describe, expect, it } from 'vitest';
import { rest, startStage } from '../../../venues/stage.ts';
import type { WireAnswer } from '../../../venues/wire.ts';

const UNKNOWN: Record<'binance' | 'okx', WireAnswer> = {
  binance: { status: 400, body: { code: -2013, msg: 'Order does not exist.' } },
  okx: { status: 200, body: { code: '51603', msg: 'Order does not exist', data: [] } },
};

// Deribit takes a label any number of times.
describe.each(['binance', 'okx'] as const)('%s', (name) => {
  it('the order that has the id is the answer, also where the venue did not show it before', async () => {
    const stage = await startStage(name);
    const order = stage.order();
    const { id } = rest(stage, order);
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer: UNKNOWN[name] });
    expect(await stage.venue.submit(order)).toMatchObject({ venueOrderId: id, status: 'partially_filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
    await stage.close();
  });

  it('where the venue goes on not to show it, nothing is known', async () => {
    const stage = await startStage(name);
    const order = stage.order();
    rest(stage, order);
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer: UNKNOWN[name], times: 2 });
    await expect(stage.venue.submit(order)).rejects.toThrow(
      `${name} has order ${order.clientOrderId} and does not show it`,
    );
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'partially_filled' });
    await stage.close();
  });
});
