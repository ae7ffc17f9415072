import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Execution, OrderDetail } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startReceiver } from '../../support/app.ts';
import { signAsAsked, startChainHedge, type ChainHedge } from './chainHedge.ts';

describe.skipIf(!anvilBinary())('a hedge on a chain', () => {
  let stage: ChainHedge;
  let miner: NodeJS.Timeout;
  let hooks: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    [stage, hooks] = await Promise.all([startChainHedge(), startReceiver()]);
    miner = setInterval(() => void stage.chain.anvil.mine(), 50);
    const endpoint = await stage.app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
    hooks.use(endpoint.body.secret);
  });
  afterAll(async () => {
    clearInterval(miner);
    await stage.stop();
    hooks.close();
  });

  const expectBothOrders = (plan: HedgePlan) =>
    expect(plan.result!.orders.map(({ side, quantity }) => [side, quantity])).toEqual([
      ['sell', '20'],
      ['buy', '0.5'],
    ]);

  it('sells and buys through the pools, and the book holds what was traded', async () => {
    const { app, chain } = stage;
    const trader = await chain.fund({ WETH: 20, USDC: 40_000 });
    const accountId = await stage.account(trader, { kind: 'local', privateKey: trader.key });
    const { portfolioId, plan } = await stage.planned();
    expectBothOrders(plan);
    const execution = await app.ended<Execution>(await stage.execute(plan, accountId));
    expect(execution.result).toMatchObject({ outcome: 'completed', portfolioVersion: 2 });
    expect(execution.orders.map(({ status, feeCurrency }) => [status, feeCurrency])).toEqual([
      ['filled', 'ETH'],
      ['filled', 'ETH'],
    ]);
    expect(await chain.held('WETH', trader.address)).toBe(0n);
    expect(await chain.held('WBTC', trader.address)).toBe(50_000_000n);
    const orders = await Promise.all(
      execution.orders.map(async ({ id }) => (await app.api().get(`/v1/orders/${id}`).expect(200)).body as OrderDetail),
    );
    const cash = orders
      .flatMap(({ side, fills }) => fills.map((fill) => ({ ...fill, sign: side === 'sell' ? 1 : -1 })))
      .reduce((sum, { quantity, price, sign }) => sum.plus(exact(quantity).mul(price).mul(sign)), exact(40_000));
    expect(cash.mul(1e6).round().toFixed()).toBe((await chain.held('USDC', trader.address)).toString());
    const told = await hooks.wait('rebalance.completed');
    expect(told.data).toMatchObject({ portfolioId, portfolioVersion: 2, outcome: 'completed' });
    expect(hooks.refused).toEqual([]);
  });

  it('waits for the signatures of a client whose key Ballast does not hold', async () => {
    const { app, chain } = stage;
    const trader = await chain.fund({ WETH: 20, USDC: 40_000 });
    const accountId = await stage.account(trader, { kind: 'client' });
    const { plan } = await stage.planned();
    expectBothOrders(plan);
    const path = await stage.execute(plan, accountId);
    const signed = new Set<string>();
    for (let polls = 0; polls < 600; polls++) {
      const { body } = (await app.api().get(path).expect(200)) as { body: Execution };
      if (body.status === 'succeeded') break;
      for (const { id, signatureRequest } of body.orders) {
        if (!signatureRequest || signed.has(JSON.stringify(signatureRequest))) continue;
        const raw = await signAsAsked(trader, signatureRequest);
        signed.add(JSON.stringify(signatureRequest));
        await app.api().post(`/v1/orders/${id}/signature`).send({ signed: raw }).expect(200);
      }
      await new Promise((wait) => setTimeout(wait, 50));
    }
    const { body } = (await app.api().get(path).expect(200)) as { body: Execution };
    expect(body.result).toMatchObject({ outcome: 'completed' });
    expect(signed.size).toBe(4);
    expect(await chain.held('WETH', trader.address)).toBe(0n);
  }, 60_000);
});
