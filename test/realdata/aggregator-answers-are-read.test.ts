import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAddress, type Address, type Hex } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { swapTermsOf } from '../../src/execution/aggregators/calldata.ts';
import type { AggregatorQuote, QuoteRequest } from '../../src/execution/aggregators/port.ts';
import { aggregatorOf } from '../../src/execution/aggregators/select.ts';
import type { AggregatorConfig } from '../../src/execution/venuesModel.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { serve, type AggregatorServer, type Answered } from '../venues/aggregators/server.ts';
import { requestOf } from '../venues/aggregators/stage.ts';

// Answers that live services gave. Some were trimmed, or their calldata cut, by who published them: those are refused as they stand,
// and read once what is missing is put back.

const FOLDER = join(import.meta.dirname, '../../../shared/data/aggregators');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: the recorded answers are not here (${FOLDER})`);

type Body = Record<string, unknown>;
const recorded = <T = { response: Body }>(name: string): T =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as T;

const WETH: Address = '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2';
const ZRX: Address = '0xe41d2489571d322189246dafa5ebde1f4699f498';
const SETTLEMENT: Address = '0x9008d19f58aabd9ed0d60971565aa8510560ab41';
const ONE = 10n ** 18n;
/** A function that nobody knows, in place of calldata that was cut. */
const WHOLE = '0xabcdef00';

let server: AggregatorServer;
afterEach(() => server.close());

/** The quote that comes of these answers, by part of their paths; a status stands before its body. */
async function quoted(
  config: Pick<AggregatorConfig, 'name' | 'flavour'>,
  answers: Record<string, unknown>,
  request: Partial<QuoteRequest>,
  status = 200,
): Promise<AggregatorQuote> {
  server = await serve({}, (_, { path }): Answered => {
    const found = Object.entries(answers).find(([part]) => path.includes(part));
    return found ? { status, body: found[1] } : { status: 404, body: {} };
  });
  const aggregator = aggregatorOf(
    { ...config, url: server.url, targets: [WETH], spenders: [WETH] },
    { clock: fixedClock('2026-05-22T12:00:00.000Z') },
  )!;
  return aggregator.quote(requestOf({ bound: 1n, ...request }), AbortSignal.timeout(5_000));
}

describe.skipIf(!present)('recorded answers of 0x', () => {
  const stable: Partial<QuoteRequest> = {
    sellToken: '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48',
    buyToken: '0xdac17f958d2ee523a2206206994597c13d831ec7',
    ...{ amount: 100_000_000n, taker: '0x70a9f34f9b34c64957b9c401a97bfed35b95049e' },
  } as const;
  const { response } = recorded('zeroex_v2_allowance_holder_quote_usdc_usdt_100');

  it('USDC for USDT by the allowance holder', async () => {
    const transaction = { ...(response['transaction'] as Body), data: WHOLE };
    const quote = await quoted({ name: 'zeroex' }, { '/quote': { ...response, transaction } }, stable);
    expect(quote).toMatchObject({
      ...{ amountIn: 100_000_000n, amountOut: 100_037_537n, minAmountOut: 99_037_162n, gas: 288_079n, value: 0n },
      to: '0x7f6cee965959295cc64d0e6c00d99d6532d8e86b',
      spender: '0x0000000000001ff3684f28c67538d4d072c22734',
      issues: {
        allowance: { actual: 0n, spender: '0x0000000000001ff3684f28c67538d4d072c22734' },
        balance: { token: stable.sellToken, actual: 0n, expected: 100_000_000n },
      },
    });
  });

  it('its calldata, cut after the function, is refused', async () => {
    await expect(quoted({ name: 'zeroex' }, { '/quote': response }, stable)).rejects.toMatchObject({
      code: 'malformed',
    });
  });

  it('WETH for ZRX, of which a solver kept only what it reads', async () => {
    const { response: kept } = recorded('zeroex_v2_allowance_holder_quote_weth_zrx');
    const request = { sellToken: WETH, buyToken: ZRX, amount: ONE, taker: SETTLEMENT };
    await expect(quoted({ name: 'zeroex' }, { '/quote': kept }, request)).rejects.toMatchObject({ code: 'malformed' });
    await server.close();
    const { data } = kept['transaction'] as { data: string };
    const least = BigInt(`0x${data.slice(10 + 2 * 64, 10 + 3 * 64)}`); // the third word: minBuyAmount
    const transaction = { ...(kept['transaction'] as Body), value: '0' };
    const whole = { ...kept, sellToken: WETH, buyToken: ZRX, minBuyAmount: least.toString(), transaction };
    expect(await quoted({ name: 'zeroex' }, { '/quote': whole }, request)).toMatchObject({
      ...{ amountOut: 5_876_422_636_675_954_000_000n, minAmountOut: least, gas: 127_886n },
      spender: '0xdef1c0ded9bec7f1a1670819833240f027b25eff',
    });
    expect((least * 100n) / 5_876_422_636_675_954_000_000n).toBe(99n); // at 1 % of slippage
  });

  it('a price by Permit2, with a transaction put to it', async () => {
    const { response: price } = recorded('zeroex_v2_permit2_price_weth_dai_100');
    const transaction = { to: SETTLEMENT, data: WHOLE, gas: price['gas'], gasPrice: price['gasPrice'], value: '0' };
    const request = { sellToken: WETH, buyToken: price['buyToken'] as Address, amount: 100n * ONE };
    const quote = await quoted({ name: 'zeroex' }, { '/quote': { ...price, transaction } }, request);
    expect(quote).toMatchObject({
      ...{ amountOut: 340_843_848_647_293_527_128_015n, minAmountOut: 337_435_410_160_820_591_856_735n, gas: 522_732n },
      spender: '0x000000000022d473030f116ddee9f6b43ac78ba3',
    });
  });

  it('errors', async () => {
    const { responses } = recorded<{ responses: { http: number; body: Body }[] }>('zeroex_v2_errors');
    const expected = ['no_liquidity', 'bad_request', 'bad_request'];
    for (const [i, { http, body }] of responses.entries()) {
      const failed = quoted({ name: 'zeroex' }, { '/quote': body }, {}, http);
      await expect(failed).rejects.toMatchObject({ code: expected[i] });
      await server.close();
    }
    const { response: legacy } = recorded('zeroex_error_validation');
    await expect(quoted({ name: 'zeroex' }, { '/quote': legacy }, {}, 400)).rejects.toMatchObject({
      code: 'no_liquidity',
    });
  });
});

interface Paraswap {
  response: { priceRoute: Body; txParams: Body };
}

describe.skipIf(!present)('recorded answers of ParaSwap', () => {
  const taker = '0xe0b3700e0aadcb18ed8d4bff648bc99896a18ad1' as const;
  const common = { sellToken: WETH, buyToken: ZRX, buyDecimals: 18, taker };
  const answers = ({ response: { priceRoute, txParams } }: Paraswap) => ({
    '/prices': { priceRoute },
    '/transactions/1': txParams,
  });
  const contracts = {
    to: '0xdef171fe48cf0115b1d80b88dc8eab59176fee57',
    spender: '0x216b4b4ba9f3e719726886d34a177484278bfcae',
  };

  it('a sale', async () => {
    const sell = recorded<Paraswap>('paraswap_v62_swap_sell_weth_zrx');
    expect(await quoted({ name: 'velora' }, answers(sell), { ...common, amount: ONE })).toMatchObject({
      ...{ ...contracts, amountIn: ONE, maxAmountIn: ONE, amountOut: 8_116_136_957_818_361_742_974n, gas: 242_300n },
      data: sell.response.txParams['data'],
    });
  });

  it('a purchase', async () => {
    const buy = recorded<Paraswap>('paraswap_v62_swap_buy_weth_zrx');
    const request = { ...common, side: 'exact_out', amount: 1_000n * ONE, bound: ONE } as const;
    expect(await quoted({ name: 'velora' }, answers(buy), request)).toMatchObject({
      ...{ ...contracts, amountIn: 123_703_440_917_771_661n, amountOut: 1_000n * ONE, minAmountOut: 1_000n * ONE },
      ...{ maxAmountIn: (123_703_440_917_771_661n * 10_050n) / 10_000n, gas: 106_935n },
    });
  });

  it('an error', async () => {
    const { response } = recorded('paraswap_error_no_route');
    await expect(quoted({ name: 'velora' }, { '/prices': response }, common, 400)).rejects.toMatchObject({
      code: 'no_liquidity',
    });
  });
});

interface Kyberswap {
  route: { data: { routeSummary: Body; routerAddress: string } };
  build: { data: Body };
  errors: { http: number; body: Body }[];
}

describe.skipIf(!present)('recorded answers of KyberSwap', () => {
  const { route, build, errors } = recorded<Kyberswap>('kyberswap_route_and_build');
  const { routeSummary } = route.data;
  const router = '0x6131b5fae19ea4f9d964eac0408e4408b66337b5';

  it('a route, with the transaction that was recorded of another put to it', async () => {
    const { tokenIn, tokenOut, amountIn, amountOut, gas } = routeSummary as Record<string, string>;
    const request = { sellToken: tokenIn as Address, buyToken: tokenOut as Address, amount: BigInt(amountIn!) };
    const built = { ...build, data: { ...build.data, amountIn, amountOut, gas, data: WHOLE } };
    const quote = await quoted({ name: 'kyberswap' }, { '/routes': route, '/route/build': built }, request);
    expect(quote).toMatchObject({
      ...{ amountIn: 100_000_000_000_000_000n, amountOut: 11_238n, minAmountOut: 11_181n, gas: 467_166n },
      ...{ to: router, spender: router, value: 0n },
    });
  });

  it('a transaction, with a route put before it; its calldata, cut, is refused', async () => {
    const { amountIn, amountOut } = build.data as Record<string, string>;
    const summary = { ...routeSummary, amountIn, amountOut };
    const other = { ...route, data: { ...route.data, routeSummary: summary } };
    const { tokenIn, tokenOut } = routeSummary as Record<string, Address>;
    const request = { sellToken: tokenIn!, buyToken: tokenOut!, amount: BigInt(amountIn!) };
    const answers = { '/routes': other, '/route/build': { ...build, data: { ...build.data, data: WHOLE } } };
    expect(await quoted({ name: 'kyberswap' }, answers, request)).toMatchObject({
      ...{ amountIn: 1_000_000_000n, amountOut: 401_241_770_693_180_528n, gas: 749_135n },
    });
    await server.close();
    const cut = quoted({ name: 'kyberswap' }, { ...answers, '/route/build': build }, request);
    await expect(cut).rejects.toMatchObject({ code: 'malformed' });
  });

  it('an error', async () => {
    const [{ http, body }] = errors as [{ http: number; body: Body }];
    await expect(quoted({ name: 'kyberswap' }, { '/routes': body }, {}, http)).rejects.toMatchObject({
      code: 'no_liquidity',
    });
  });
});

describe.skipIf(!present)('recorded answers of Odos', () => {
  it('a quote, with a transaction put to it', async () => {
    const { response } = recorded('odos_quote_v2');
    const [sellToken] = response['inTokens'] as Address[];
    const [buyToken] = response['outTokens'] as Address[];
    const request = { chainId: 146, sellToken: sellToken!, buyToken: buyToken!, amount: 400n * ONE, taker: SETTLEMENT };
    const call = { to: WETH, from: SETTLEMENT, data: WHOLE, value: '0', chainId: 146, gas: -1 };
    const answers = { '/sor/quote': response, '/sor/assemble': { transaction: call } };
    expect(await quoted({ name: 'odos' }, answers, request)).toMatchObject({
      ...{ amountIn: 400n * ONE, amountOut: 10_879_549_717_191_319_552n, gas: 487_759n },
      minAmountOut: (10_879_549_717_191_319_552n * 9_950n) / 10_000n,
    });
  });
});

describe.skipIf(!present)('recorded answers of 1inch', () => {
  const { response } = recorded('oneinch_v5_swap_weth_zrx');
  const request = { sellToken: WETH, buyToken: ZRX, amount: ONE, taker: SETTLEMENT };
  const router = '0x1111111254eeb25477b68fb85ed929f73a960582';
  const spender = { '/approve/spender': { address: router } };

  it('one with the names of v5 is refused', async () => {
    const answers = { ...spender, '/1/swap': response };
    await expect(quoted({ name: 'oneinch' }, answers, request)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('its calldata can be read, and tolerates more than is asked of it', async () => {
    const { toTokenAmount: dstAmount, tx } = response;
    const { data } = tx as { data: Hex };
    expect(swapTermsOf(data)).toEqual({
      ...{ sellToken: getAddress(WETH), buyToken: getAddress(ZRX), recipient: getAddress(SETTLEMENT), most: ONE },
      least: 7_770_628_866_762_682_332_750n, // 1 % less
    });
    const answers = { ...spender, '/1/swap': { dstAmount, tx } };
    await expect(quoted({ name: 'oneinch' }, answers, request)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('under the names of v6, and with what is tolerated of it, it is read', async () => {
    const { toTokenAmount: dstAmount, tx } = response;
    const { data } = tx as { data: Hex };
    const least = (7_849_120_067_437_052_861_364n * 9_950n) / 10_000n;
    const word = (amount: bigint) => amount.toString(16).padStart(64, '0');
    const held = { ...(tx as Body), data: data.replace(word(7_770_628_866_762_682_332_750n), word(least)) };
    const quote = await quoted({ name: 'oneinch' }, { ...spender, '/1/swap': { dstAmount, tx: held } }, request);
    expect(quote).toMatchObject({
      ...{ amountOut: 7_849_120_067_437_052_861_364n, minAmountOut: least, gas: 100_000n, to: router, spender: router },
    });
  });

  it('an error', async () => {
    const { response: error } = recorded('oneinch_v5_error_not_found');
    const answers = { ...spender, '/1/swap': error };
    await expect(quoted({ name: 'oneinch' }, answers, {}, 400)).rejects.toMatchObject({ code: 'no_liquidity' });
  });
});
