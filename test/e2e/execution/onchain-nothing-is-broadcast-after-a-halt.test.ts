import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBallast } from '../../../src/app.ts';
import type { Execution } from '../../../src/execution/model.ts';
import { anvilBinary } from '../../support/anvil.ts';
import type { EvmChain } from '../../support/evmChain.ts';
import { signAsAsked, startChainHedge, type ChainHedge } from './chainHedge.ts';

describe.skipIf(!anvilBinary())('an account whose owner signs', () => {
  let stage: ChainHedge;
  let trader: Awaited<ReturnType<EvmChain['fund']>>;
  let path: string;
  const execution = async () => (await stage.app.api().get(path).expect(200)).body as Execution;
  beforeAll(async () => {
    stage = await startChainHedge();
    trader = await stage.chain.fund({ WETH: 20, USDC: 40_000 });
    const accountId = await stage.account(trader, { kind: 'client' });
    path = await stage.execute((await stage.planned()).plan, accountId);
  }, 60_000);
  afterAll(() => stage.stop());

  it('an execution of two orders says that it waits for a signature', async () => {
    await expect.poll(async () => (await execution()).status, { timeout: 8_000 }).toBe('waiting');
    expect(await execution()).toMatchObject({
      waitingFor: 'signature',
      orders: [{ signatureRequest: { kind: 'transaction' } }, {}],
    });
  });

  it('what is signed after trading was halted is not broadcast', async () => {
    const { app, chain } = stage;
    const { id, signatureRequest } = (await execution()).orders[0]!;
    const raw = await signAsAsked(trader, signatureRequest!);
    // The workers are busy, or down, for a moment: only the API answers.
    await app.ballast.stop();
    const api = await startBallast({ ...app.config, roles: ['api'] }, pino({ level: 'silent' }));
    const post = (url: string, payload: object) =>
      api.http.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${app.key}` } });
    const halted = await post('/v1/trading-state', { state: 'halted', reason: 'stop' });
    expect(halted.json()).toMatchObject({ state: 'halted' });
    const refused = await post(`/v1/orders/${id}/signature`, { signed: raw });
    expect(refused.json()).toMatchObject({ code: 'trading_halted' });
    const pending = await chain.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });
    await api.stop();
    expect(pending).toBe(0);
  });
});
