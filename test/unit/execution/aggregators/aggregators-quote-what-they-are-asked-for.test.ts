import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changed } from '../../../venues/aggregators/server.ts';
import {
  API_KEY,
  AT,
  NAMES,
  startAggregatorStage,
  TAKER,
  USDC,
  WETH,
  type AggregatorStage,
  type Name,
} from '../../../venues/aggregators/stage.ts';

const LIVES: Record<Name, number> = { zeroex: 30, velora: 30, kyberswap: 10, odos: 60, oneinch: 30 };

let stage: AggregatorStage;
const use = (name: Name) => {
  beforeAll(async () => {
    stage = await startAggregatorStage(name);
  });
  afterAll(() => stage.close());
  beforeEach(() => void stage.server.asked.splice(0));
};

describe.each(NAMES)('%s', (name) => {
  use(name);

  it('offers what it gets, with a transaction that gives half a percent less at least', async () => {
    const quote = await stage.quote();
    const router = stage.server.pricing.router;
    expect(quote).toMatchObject({
      ...{ amountIn: 1_000_000n, maxAmountIn: 1_000_000n, amountOut: 3_000_000n, minAmountOut: 2_985_000n },
      ...{ to: router, spender: router, value: 0n, data: expect.stringMatching(/^0x04e45aaf/) as unknown },
    });
    expect(quote.gas).toBeGreaterThan(100_000n);
    expect(quote.expiresAt).toEqual(new Date(new Date(AT).getTime() + LIVES[name] * 1_000));
  });

  it('does not outlive the order', async () => {
    const validUntil = new Date(new Date(AT).getTime() + 1_000);
    expect((await stage.quote({ validUntil })).expiresAt).toEqual(validUntil);
  });

  it('reads answers that have grown', async () => {
    stage.server.fault = { on: '', does: (said) => ({ ...said, body: { ...(said.body as object), news: [1] } }) };
    expect((await stage.quote()).amountOut).toBe(3_000_000n);
    stage.server.fault = undefined;
  });

  it('takes a base address that ends in a slash', async () => {
    const other = await startAggregatorStage(name, { url: `${stage.server.url}/` });
    expect((await other.quote()).amountOut).toBe(3_000_000n);
    await other.close();
  });
});

describe('0x is asked', () => {
  use('zeroex');

  it('with its version, its key, the chain and the slippage in whole bps', async () => {
    await stage.quote();
    const [{ path, query, headers }] = stage.server.asked as [never];
    expect(path).toBe('/swap/allowance-holder/quote');
    expect(headers).toMatchObject({ '0x-api-key': API_KEY, '0x-version': 'v2' });
    expect(Object.fromEntries(query as URLSearchParams)).toEqual({
      ...{ chainId: '1', sellToken: WETH, buyToken: USDC, sellAmount: '1000000', taker: TAKER },
      ...{ gasPrice: '3000000000', slippageBps: '50' },
    });
  });

  it('for what it sees in the way, and for whom to approve where it sees nothing', async () => {
    const router = stage.server.pricing.router;
    expect((await stage.quote()).issues).toEqual({ allowance: { actual: 0n, spender: router } });
    Object.assign(stage.server, { allowance: 10n ** 9n });
    const approved = await stage.quote();
    expect([approved.issues, approved.spender]).toEqual([undefined, router]);
    const issues = {
      ...{ allowance: null, simulationIncomplete: true },
      balance: { token: WETH, actual: '7', expected: '1000000' },
    };
    stage.server.fault = { on: '', does: (said) => ({ ...said, body: { ...(said.body as object), issues } }) };
    const poor = await stage.quote();
    stage.server.fault = undefined;
    expect(poor.issues).toEqual({
      balance: { token: WETH, actual: 7n, expected: 1_000_000n },
      simulationIncomplete: true,
    });
  });
});

describe('Velora is asked', () => {
  use('velora');

  it('for a price, then for the transaction of that route as it came, down to the least that is taken', async () => {
    await stage.quote();
    const [prices, transaction] = stage.server.asked;
    expect(prices!.path).toBe('/prices');
    expect(Object.fromEntries(prices!.query)).toEqual({
      ...{ srcToken: WETH, srcDecimals: '18', destToken: USDC, destDecimals: '6', amount: '1000000' },
      ...{ side: 'SELL', network: '1', version: '6.2', userAddress: TAKER },
    });
    expect(transaction!.path).toBe('/transactions/1');
    expect(Object.fromEntries(transaction!.query)).toEqual({
      ...{ ignoreChecks: 'true', ignoreGasEstimate: 'true', gasPrice: '3000000000' },
    });
    expect(transaction!.body).toMatchObject({
      ...{ srcAmount: '1000000', destAmount: '2985000', userAddress: TAKER, deadline: 1_779_451_500 },
      priceRoute: { hmac: expect.any(String) as unknown, bestRoute: [{ percent: 100 }] },
    });
  });

  it('for an exact output, up to the most that is paid', async () => {
    const quote = await stage.quote({ side: 'exact_out', amount: 3_000_000n, bound: 1_002_000n });
    expect(quote).toMatchObject({
      ...{ amountIn: 1_000_001n, maxAmountIn: 1_002_000n, amountOut: 3_000_000n, minAmountOut: 3_000_000n },
    });
    expect(stage.server.asked[1]!.body).toMatchObject({ srcAmount: '1002000', destAmount: '3000000' });
  });
});

describe('KyberSwap is asked', () => {
  use('kyberswap');

  it('for a route on the chain by its name, then for its transaction with a slippage: its own default is none', async () => {
    await stage.quote();
    const [routes, build] = stage.server.asked;
    expect(routes!.path).toBe('/ethereum/api/v1/routes');
    expect(Object.fromEntries(routes!.query)).toEqual({
      ...{ tokenIn: WETH, tokenOut: USDC, amountIn: '1000000', gasInclude: 'true', gasPrice: '3000000000' },
      origin: TAKER,
    });
    expect(build!.path).toBe('/ethereum/api/v1/route/build');
    expect(build!.body).toMatchObject({
      ...{ sender: TAKER, recipient: TAKER, slippageTolerance: 50, deadline: 1_779_451_500 },
      routeSummary: { checksum: expect.any(String) as unknown, extraFee: { feeAmount: '' } },
    });
  });

  it('and offers what the transaction gives, not what the route did', async () => {
    Object.assign(stage.server, { drift: 9_990n });
    expect(await stage.quote()).toMatchObject({ amountOut: 2_997_000n, minAmountOut: 2_985_000n });
    // Where the calldata does not say, its least may be of either.
    stage.server.fault = { on: 'build', does: (said) => changed(said, 'data.data', '0xdeadbeef') };
    expect(await stage.quote()).toMatchObject({ amountOut: 2_997_000n, minAmountOut: 2_982_015n });
    stage.server.fault = undefined;
    Object.assign(stage.server, { drift: 10_000n });
  });
});

describe('Odos is asked', () => {
  use('odos');

  it('with checksummed addresses, for calldata that can be read, then for the transaction of its path', async () => {
    await stage.quote();
    const [quote, assemble] = stage.server.asked;
    expect([quote!.path, assemble!.path]).toEqual(['/sor/quote/v3', '/sor/assemble']);
    expect(quote!.body).toEqual({
      chainId: 1,
      inputTokens: [{ tokenAddress: '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2', amount: '1000000' }],
      outputTokens: [{ tokenAddress: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', proportion: 1 }],
      ...{ userAddr: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', slippageLimitPercent: 0.5 },
      ...{ gasPrice: 3, disableRFQs: true, compact: false },
    });
    expect(assemble!.body).toMatchObject({ userAddr: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', simulate: false });
    expect(quote!.headers['x-api-key']).toBe(API_KEY);
  });
});

describe('1inch is asked', () => {
  use('oneinch');

  it('under the names of v6, with a slippage in percent, and once for whom to approve', async () => {
    const fresh = await startAggregatorStage('oneinch');
    await fresh.quote();
    await fresh.quote();
    const paths = fresh.server.asked.map(({ path }) => path);
    expect(paths.filter((path) => path === '/swap/v6.1/1/approve/spender')).toHaveLength(1);
    const swap = fresh.server.asked.find(({ path }) => path === '/swap/v6.1/1/swap')!;
    expect(swap.headers.authorization).toBe(`Bearer ${API_KEY}`);
    expect(Object.fromEntries(swap.query)).toEqual({
      ...{ src: WETH, dst: USDC, amount: '1000000', from: TAKER, origin: TAKER, slippage: '0.5' },
      ...{ disableEstimate: 'true', allowPartialFill: 'false', gasPrice: '3000000000' },
    });
    await fresh.close();
  });
});

describe('an exact output', () => {
  it.each(['zeroex', 'kyberswap', 'odos', 'oneinch'] as const)('is not asked of %s', async (name) => {
    const none = await startAggregatorStage(name);
    expect(await none.failure({ side: 'exact_out', bound: 10n ** 9n })).toMatchObject({ code: 'unsupported' });
    expect(none.server.asked).toEqual([]);
    await none.close();
  });
});
