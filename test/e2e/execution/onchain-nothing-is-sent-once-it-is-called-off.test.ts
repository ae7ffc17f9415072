import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TransactionSerializableEIP1559 } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { QuoteFailure } from '../../../src/execution/aggregators/port.ts';
import { anvilBinary } from '../../support/anvil.ts';
import type { EvmChain } from '../../support/evmChain.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';
import { startChainHedge } from './chainHedge.ts';

type Trader = Awaited<ReturnType<EvmChain['fund']>>;

/** A Web3Signer that does something else before each answer. */
async function startSigner(trader: Trader, before: () => Promise<void>): Promise<{ url: string; http: Server }> {
  const http = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { params } = JSON.parse(Buffer.concat(chunks).toString()) as { params: [Record<string, string>] };
      await before();
      const { to, data, chainId, nonce, gas, maxFeePerGas, maxPriorityFeePerGas } = params[0];
      const result = await trader.signTransaction({
        ...{ type: 'eip1559', to, data, chainId: Number(chainId), nonce: Number(nonce), gas: BigInt(gas!) },
        ...{ maxFeePerGas: BigInt(maxFeePerGas!), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) },
      } as TransactionSerializableEIP1559);
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
    })();
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, http };
}

describe.skipIf(!anvilBinary())('an order on the chain that is called off while it is taken', () => {
  let stage: EvmStage;
  let signer: Awaited<ReturnType<typeof startSigner>> | undefined;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());
  afterEach(() => {
    signer?.http.closeAllConnections();
    signer?.http.close();
  });
  const pending = (trader: Trader, chain: EvmChain = stage) =>
    chain.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });

  it('while it is quoted: the venue has never seen it', async () => {
    let isOff = false;
    const venue = stage.open({}, [
      {
        name: 'odos',
        quote: () => {
          isOff = true;
          return Promise.reject(new QuoteFailure('no_liquidity', 'none'));
        },
      },
    ]);
    const trader = await stage.fund({ WETH: 10 });
    const account = await stage.account(trader);
    const order = stage.order(account, { quantity: '4', isCalledOff: () => Promise.resolve(isOff) });
    await expect(venue.submit(order)).rejects.toThrow('called off');
    expect(await venue.lookup(order)).toBeUndefined();
    expect(await pending(trader)).toBe(0);
  });

  it('while it is signed: what was signed is not sent, and its nonces are free again', async () => {
    let isOff = false;
    const trader = await stage.fund({ WETH: 10 });
    signer = await startSigner(trader, () => Promise.resolve(void (isOff = true)));
    const account = await stage.account(trader, { kind: 'remote', url: signer.url });
    const order = stage.order(account, { quantity: '4', isCalledOff: () => Promise.resolve(isOff) });
    expect(await stage.venue.submit(order)).toMatchObject({ status: 'accepted', fills: [] });
    expect(await pending(trader)).toBe(0);
    expect(await stage.venue.cancel(order)).toMatchObject({
      ...{ status: 'canceled', reason: 'Canceled before it was signed' },
    });
    const next = stage.order(account, { quantity: '4' });
    await stage.venue.submit(next);
    expect((await stage.settled(next)).status).toBe('filled');
  });

  it('by a halt while its signer thinks: trading is halted, and nothing was broadcast', async () => {
    const hedge = await startChainHedge();
    try {
      const trader = await hedge.chain.fund({ WETH: 20, USDC: 40_000 });
      signer = await startSigner(trader, async () => {
        await hedge.app.api().post('/v1/trading-state').send({ state: 'halted', reason: 'stop' }).expect(200);
      });
      const accountId = await hedge.account(trader, { kind: 'remote', url: signer.url });
      const execution = await hedge.app.ended<Execution>(await hedge.execute((await hedge.planned()).plan, accountId));
      expect(execution.result).toMatchObject({ outcome: 'failed' });
      expect(execution.orders.map(({ status }) => status)).toEqual(['canceled', 'denied']);
      expect(await pending(trader, hedge.chain)).toBe(0);
    } finally {
      await hedge.stop();
    }
  });
});
