import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hex } from 'viem';
import { startBallast } from '../../../src/app.ts';
import type { Execution } from '../../../src/execution/model.ts';
import type { HedgePlan } from '../../../src/hedging/model.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { startEvmChain, type EvmChain } from '../../support/evmStage.ts';

const MARKET = {
  ...{ asOf: '2030-11-01T08:00:00.000Z', source: 'test' },
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

describe.skipIf(!anvilBinary())('an account whose owner signs', () => {
  let chain: EvmChain;
  let app: TestApp;
  let folder: string;
  let trader: Awaited<ReturnType<EvmChain['fund']>>;
  let execution: Execution;
  const path = () => `/v1/executions/${execution.id}`;
  beforeAll(async () => {
    chain = await startEvmChain();
    folder = await mkdtemp(join(tmpdir(), 'ballast-venues-'));
    const venuesFile = join(folder, 'venues.json');
    await writeFile(venuesFile, JSON.stringify(chain.venuesFile()));
    app = await startTestApp({}, { venuesFile });
    await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
    trader = await chain.fund({ WETH: 20, USDC: 40_000 });
    const credentials = { venue: 'onchain', chain: 'local', address: trader.address, signer: { kind: 'client' } };
    const made = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
    const portfolio = await app.api().post('/v1/portfolios').send(BOOK).expect(201);
    const asked = await app.api().post(`/v1/portfolios/${portfolio.body.id}/hedge-plans`).send(PLAN).expect(202);
    const plan = await app.ended<HedgePlan>(`/v1/hedge-plans/${asked.body.id}`);
    const request = { venue: 'onchain', accountId: made.body.id };
    execution = (await app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202)).body;
    for (let i = 0; i < 200; i++) {
      if ((await app.api().get(path())).body.orders[0].signatureRequest) break;
      await new Promise((wait) => setTimeout(wait, 50));
    }
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    chain.stop();
    await rm(folder, { recursive: true });
  });

  it('an execution of two orders says that it waits for a signature', async () => {
    await expect.poll(async () => (await app.api().get(path())).body.status, { timeout: 8_000 }).toBe('waiting');
    expect((await app.api().get(path())).body).toMatchObject({ waitingFor: 'signature' });
  });

  it('what is signed after trading was halted is not broadcast', async () => {
    const { body } = (await app.api().get(path())) as { body: Execution };
    const { id, signatureRequest } = body.orders[0]!;
    const p = signatureRequest!.payload as Record<string, string>;
    const raw = await trader.signTransaction({
      ...{ type: 'eip1559', to: p['to'] as Hex, data: p['data'] as Hex, chainId: Number(p['chainId']) },
      ...{ nonce: Number(p['nonce']), gas: BigInt(p['gas']!), value: BigInt(p['value']!) },
      ...{ maxFeePerGas: BigInt(p['maxFeePerGas']!), maxPriorityFeePerGas: BigInt(p['maxPriorityFeePerGas']!) },
    });
    // The workers are busy, or down, for a moment: only the API answers.
    await app.ballast.stop();
    const api = await startBallast({ ...app.config, roles: ['api'] }, pino({ level: 'silent' }));
    const post = (url: string, payload: object) =>
      api.http.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${app.key}` } });
    await post('/v1/trading-state', { state: 'halted', reason: 'stop' });
    await post(`/v1/orders/${id}/signature`, { signed: raw });
    const pending = await chain.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });
    await api.stop();
    expect(pending).toBe(0);
  });
});
