import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hex } from 'viem';
import type { Execution, OrderDetail } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { exact } from '../../../src/platform/decimal.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startReceiver, startTestApp, type TestApp } from '../../support/app.ts';
import { startEvmChain, type EvmChain } from '../../support/evmStage.ts';

const MARKET = {
  asOf: '2030-11-01T08:00:00.000Z',
  source: 'test',
  underlyings: [
    { underlying: 'ETH', spot: { mark: 3_000 }, volatility: { type: 'flat', vol: 0.7 } },
    { underlying: 'BTC', spot: { mark: 60_000 }, volatility: { type: 'flat', vol: 0.6 } },
  ],
};
const BOOK = {
  ...{ name: 'book', asOf: MARKET.asOf },
  positions: [
    { instrument: 'spot:ETH/USD', quantity: '20' },
    { instrument: 'spot:BTC/USD', quantity: '-0.5' },
  ],
};
const PLAN = {
  targets: [{ underlying: 'ETH' }, { underlying: 'BTC' }],
  instruments: [
    { instrument: 'spot:ETH/USD', lotSize: '0.000001' },
    { instrument: 'spot:BTC/USD', lotSize: '0.000001' },
  ],
  collarBps: 300,
};

describe.skipIf(!anvilBinary())('a hedge on a chain', () => {
  let chain: EvmChain;
  let app: TestApp;
  let folder: string;
  let miner: NodeJS.Timeout;
  let hooks: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    chain = await startEvmChain();
    miner = setInterval(() => void chain.anvil.mine(), 50);
    folder = await mkdtemp(join(tmpdir(), 'ballast-venues-'));
    const venuesFile = join(folder, 'venues.json');
    await writeFile(venuesFile, JSON.stringify(chain.venuesFile()));
    [app, hooks] = await Promise.all([startTestApp({}, { venuesFile }), startReceiver()]);
    const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
    hooks.use(endpoint.body.secret);
    await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  });
  afterAll(async () => {
    await app.stop();
    hooks.close();
    clearInterval(miner);
    chain.stop();
    await rm(folder, { recursive: true });
  });

  const planned = async (): Promise<{ portfolioId: string; planId: string }> => {
    const portfolio = await app.api().post('/v1/portfolios').send(BOOK).expect(201);
    const asked = await app.api().post(`/v1/portfolios/${portfolio.body.id}/hedge-plans`).send(PLAN).expect(202);
    const plan = await app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
    expect(plan.result!.orders.map(({ side, quantity }) => [side, quantity])).toEqual([
      ['sell', '20'],
      ['buy', '0.5'],
    ]);
    return { portfolioId: portfolio.body.id as string, planId: plan.id };
  };
  const account = async (address: string, signer: object): Promise<string> => {
    const credentials = { venue: 'onchain', chain: 'local', address, signer };
    const made = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
    return made.body.id as string;
  };

  it('sells and buys through the pools, and the book holds what was traded', async () => {
    const trader = await chain.fund({ WETH: 20, USDC: 40_000 });
    const accountId = await account(trader.address, { kind: 'local', privateKey: trader.key });
    const { portfolioId, planId } = await planned();
    const executing = await app
      .api()
      .post(`/v1/hedge-plans/${planId}/execution`)
      .send({ venue: 'onchain', accountId })
      .expect(202);
    const execution = await app.ended<Execution>(`/v1/executions/${executing.body.id}`);
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
    const cash = orders.reduce(
      (sum, { side, fills }) =>
        fills.reduce(
          (each, { quantity, price }) =>
            each.plus(
              exact(quantity)
                .mul(price)
                .mul(side === 'sell' ? 1 : -1),
            ),
          sum,
        ),
      exact(40_000),
    );
    expect(cash.mul(1e6).round().toFixed()).toBe((await chain.held('USDC', trader.address)).toString());
    const told = await hooks.wait('rebalance.completed');
    expect(told.data).toMatchObject({ portfolioId, portfolioVersion: 2, outcome: 'completed' });
    expect(hooks.refused).toEqual([]);
  });

  it('waits for the signatures of a client whose key Ballast does not hold', async () => {
    const trader = await chain.fund({ WETH: 20, USDC: 40_000 });
    const accountId = await account(trader.address, { kind: 'client' });
    const { planId } = await planned();
    const executing = await app
      .api()
      .post(`/v1/hedge-plans/${planId}/execution`)
      .send({ venue: 'onchain', accountId })
      .expect(202);
    const path = `/v1/executions/${executing.body.id}`;
    const signed = new Set<string>();
    for (let polls = 0; polls < 600; polls++) {
      const { body } = (await app.api().get(path).expect(200)) as { body: Execution };
      if (body.status === 'succeeded') break;
      for (const { id, signatureRequest } of body.orders) {
        if (!signatureRequest || signed.has(JSON.stringify(signatureRequest))) continue;
        const {
          from: _,
          gas,
          value,
          maxFeePerGas,
          maxPriorityFeePerGas,
          nonce,
          chainId,
          ...rest
        } = signatureRequest.payload as Record<string, string>;
        const raw = await trader.signTransaction({
          ...(rest as { type: 'eip1559'; to: Hex; data: Hex }),
          ...{ chainId: Number(chainId), nonce: Number(nonce), gas: BigInt(gas!), value: BigInt(value!) },
          ...{ maxFeePerGas: BigInt(maxFeePerGas!), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) },
        });
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
