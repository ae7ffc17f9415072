import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changed } from '../../../venues/aggregators/server.ts';
import type { Tampering } from '../../../venues/aggregators/pricing.ts';
import {
  NAMES,
  OTHER,
  startAggregatorStage,
  USDC,
  WETH,
  type AggregatorStage,
  type Name,
} from '../../../venues/aggregators/stage.ts';

const LIES: [string, Tampering][] = [
  ['gives to another', { recipient: OTHER }],
  ['takes more', { amountIn: (amount) => amount + 1n }],
  ['takes less', { amountIn: (amount) => amount - 1n }],
  ['gives less at least', { least: (amount) => amount - 1n }],
  ['gives nothing at least', { least: () => 0n }],
];

describe.each(NAMES)('%s', (name) => {
  let stage: AggregatorStage;
  beforeAll(async () => {
    stage = await startAggregatorStage(name);
  });
  afterAll(() => stage.close());
  afterEach(() => {
    stage.server.tampering = {};
    stage.server.fault = undefined;
  });

  it.each(LIES)('a transaction that %s than the quote says is refused', async (_what, tampering) => {
    stage.server.tampering = tampering;
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
  });

  it('a transaction that swaps other tokens is refused', async () => {
    const swapped = (said: { status: number; body: unknown }) => {
      const text = JSON.stringify(said.body).replace(/0x04e45aaf[0-9a-f]+/, (data) => {
        const [sell, buy] = [WETH.slice(2), USDC.slice(2)];
        return data.replace(sell, 'X').replace(buy, sell).replace('X', buy);
      });
      return { ...said, body: JSON.parse(text) as unknown };
    };
    stage.server.fault = { on: '', does: swapped };
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
  });

  it('a transaction that is cut off is refused', async () => {
    const cut = (said: { status: number; body: unknown }) => {
      const text = JSON.stringify(said.body).replace(/(0x04e45aaf[0-9a-f]{64})[0-9a-f]+/, '$1');
      return { ...said, body: JSON.parse(text) as unknown };
    };
    stage.server.fault = { on: '', does: cut };
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
  });

  it('another target or spender is told as it is: who may be called is for the list to say', async () => {
    stage.server.tampering = { spender: OTHER };
    const paysOther = await stage.quote().catch((error: unknown) => error);
    // Of KyberSwap and Odos it is the contract that is called.
    const own = ['kyberswap', 'odos'].includes(name) ? stage.server.pricing.router : OTHER;
    const known = name === 'oneinch' ? stage.server.pricing.router : own; // asked for once, before
    expect(paysOther).toMatchObject({ spender: known });
    stage.server.tampering = { target: OTHER };
    const callsOther = await stage.quote().catch((error: unknown) => error);
    // Velora and KyberSwap name the contract with the price already.
    const differs = ['velora', 'kyberswap'].includes(name) ? { code: 'malformed' } : { to: OTHER };
    expect(callsOther).toMatchObject(differs);
  });

  it('what the transaction gives at least is told by its calldata, where that gives more', async () => {
    stage.server.tampering = { least: (amount) => amount + 7n };
    expect((await stage.quote()).minAmountOut).toBe(2_985_007n);
  });
});

const OTHERS: [Name, string, string, unknown][] = [
  ['zeroex', '/quote', 'sellAmount', '1'],
  ['zeroex', '/quote', 'sellToken', OTHER],
  ['zeroex', '/quote', 'buyToken', OTHER],
  ['zeroex', '/quote', 'minBuyAmount', '9999999999'],
  ['velora', '/prices', 'priceRoute.network', 10],
  ['velora', '/prices', 'priceRoute.srcAmount', '1'],
  ['velora', '/prices', 'priceRoute.destToken', OTHER],
  ['velora', '/transactions', 'chainId', 10],
  ['velora', '/transactions', 'from', OTHER],
  ['kyberswap', '/routes', 'data.routeSummary.amountIn', '1'],
  ['kyberswap', '/routes', 'data.routeSummary.tokenOut', OTHER],
  ['kyberswap', '/route/build', 'data.amountIn', '1'],
  ['odos', '/sor/quote', 'inAmounts', ['1']],
  ['odos', '/sor/quote', 'outTokens', [OTHER]],
  ['odos', '/sor/assemble', 'transaction.chainId', 10],
  ['odos', '/sor/assemble', 'transaction.from', OTHER],
  ['odos', '/sor/assemble', 'outputTokens', [{ tokenAddress: OTHER, amount: '1' }]],
  ['oneinch', '/1/swap', 'tx.from', OTHER],
];

it.each(OTHERS)(
  'an answer of %s for another trade, chain or sender is refused: %s %s %j',
  async (name, on, path, value) => {
    const stage = await startAggregatorStage(name);
    stage.server.fault = { on, does: (said) => changed(said, path, value) };
    expect(await stage.failure()).toMatchObject({ code: 'malformed' });
    await stage.close();
  },
);

describe('Velora', () => {
  it('an exact output that takes more, or gives another amount, is refused', async () => {
    const stage = await startAggregatorStage('velora');
    for (const tampering of [{ amountIn: (n: bigint) => n + 1n }, { least: (n: bigint) => n - 1n }]) {
      stage.server.tampering = tampering;
      const failure = await stage.failure({ side: 'exact_out', amount: 3_000_000n, bound: 1_010_000n });
      expect(failure).toMatchObject({ code: 'malformed' });
    }
    await stage.close();
  });
});
