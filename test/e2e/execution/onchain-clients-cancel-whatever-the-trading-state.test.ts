import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startSettledHedge, type SettledHedge } from './settledHedge.ts';

type Own = Awaited<ReturnType<SettledHedge['trader']>>;

describe.skipIf(!anvilBinary())('what a client has signed', () => {
  let stage: SettledHedge;
  let own: Own;
  beforeAll(async () => {
    stage = await startSettledHedge();
  });
  afterAll(() => stage.stop());

  const sign = async (path: string, what: string) => {
    const { id, request } = await stage.asked(path, what);
    await stage.post(id, await stage.sign(own.trader, request)).expect(200);
  };
  const callOff = (path: string) => stage.app.api().post(`${path}/cancellation`).send({}).expect(200);
  const setState = (state: string) =>
    stage.app.api().post('/v1/trading-state').send({ state, reason: 'test' }).expect(200);
  const expectNothingTraded = async (path: string) => {
    const { orders } = await stage.app.ended<Execution>(path);
    expect(orders).toMatchObject([{ status: 'canceled', filledQuantity: '0' }]);
    expect(await stage.chain.held('WETH', own.trader.address)).toBe(20n * 10n ** 18n);
  };

  it('has its nonce spent on nothing once the execution was called off', async () => {
    own = await stage.trader('client');
    const { path } = await stage.begin(own.accountId);
    await stage.asked(path, 'call');
    await stage.blocks(false);
    await sign(path, 'call');
    await callOff(path);
    await sign(path, 'nothing');
    await stage.blocks(true);
    await expectNothingTraded(path);
    expect(await stage.chain.anvil.public.getTransactionCount({ address: own.trader.address })).toBe(1);
  });

  // The chain's time is ahead of ours after each, so that the next one is good for longer.
  it.each([
    ['trading was halted', 300, () => setState('halted'), () => setState('active')],
    ['the execution was called off', 3_600, callOff, () => Promise.resolve()],
  ])('is taken back by a signature once %s', async (_, validForSeconds, stop, goOn) => {
    own = await stage.trader('client');
    const { path } = await stage.begin(own.accountId, validForSeconds);
    await sign(path, 'call');
    await sign(path, 'Order');
    const uid = await stage.handedIn(path);
    await stop(path);
    await sign(path, 'OrderCancellations');
    expect(stage.cow.orders.get(uid)!.status).toBe('cancelled');
    await stage.late(uid);
    await expectNothingTraded(path);
    await goOn();
  });
});
