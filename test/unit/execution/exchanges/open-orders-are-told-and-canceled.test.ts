import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXCHANGES, refOf, rest, startStage, type ExchangeStage } from '../../../venues/stage.ts';

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeEach(async () => {
    stage = await startStage(name);
  });
  afterEach(() => stage.close());

  it('ours and those of others, in our units, and not those of other accounts', async () => {
    const order = stage.order();
    const { tenantId, accountId } = order;
    expect(await stage.venue.openOrders({ tenantId, accountId: accountId! })).toEqual([]);
    const { id, filled } = rest(stage, order);
    rest(stage, stage.order({ tenantId: stage.tenant() }));
    expect(Number(filled)).toBeGreaterThan(0);
    expect(await stage.venue.openOrders({ tenantId, accountId: accountId! })).toEqual([
      {
        ...{ clientOrderId: order.clientOrderId, venueOrderId: id, instrument: stage.instrument, side: 'buy' },
        ...{ quantity: order.quantity, filledQuantity: String(Number(order.quantity) * 0.6) },
      },
    ]);
  });

  it('an open order is canceled, and what it had traded is told', async () => {
    const order = stage.order();
    rest(stage, order);
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'partially_filled', fills: [{}] });
    const canceled = await stage.venue.cancel(refOf(order));
    expect(['canceled', 'expired']).toContain(canceled!.status);
    expect(canceled!.fills).toHaveLength(1);
    expect(stage.engine.taken(order.clientOrderId)[0]!.state).toBe('cancelled');
  });

  it('an order that ends on its way to being canceled is told as it ended', async () => {
    const order = stage.order();
    const taken = rest(stage, order);
    stage.wire.before(stage.on.cancel, () => stage.engine.late(taken, '100010', String(Number(stage.amount) * 0.4)));
    expect(await stage.venue.cancel(refOf(order))).toMatchObject({ status: 'filled', fills: [{}, {}] });
  });

  it.each(['drop', 'hang'] as const)(
    'a cancellation whose answer is lost (%s) says nothing; asking again does',
    async (answer) => {
      const order = stage.order();
      rest(stage, order);
      stage.wire.fail({ on: stage.on.cancel, effect: 'done', answer });
      await expect(stage.venue.cancel(refOf(order))).rejects.toThrow(name);
      expect(['canceled', 'expired']).toContain((await stage.venue.cancel(refOf(order)))!.status);
    },
  );
});
