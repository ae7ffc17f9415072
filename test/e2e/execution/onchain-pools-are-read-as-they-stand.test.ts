import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAbi, type Address } from 'viem';
import { createPoolReader, type PoolReader } from '../../../src/execution/chains/poolReader.ts';
import { openChain } from '../../../src/execution/chains/rpc.ts';
import { routeThrough } from '../../../src/execution/chains/route.ts';
import { VenuesConfigSchema, type ChainConfig } from '../../../src/execution/venuesModel.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { QUOTER_V2 } from '../../support/routerAbis.ts';

const CURVE_QUOTE = parseAbi(['function get_dy(int128 i, int128 j, uint256 dx) view returns (uint256)']);

describe.skipIf(!anvilBinary())('the pools of a chain', () => {
  let chain: EvmChain;
  let config: ChainConfig;
  let reader: PoolReader;
  beforeAll(async () => {
    chain = await startEvmChain();
    config = VenuesConfigSchema.parse(chain.venuesFile()).chains[0]!;
    reader = createPoolReader(openChain(config), config.pools, chain.market.swapRouter02);
  });
  afterAll(() => chain.stop());

  const head = () => chain.anvil.public.getBlockNumber({ cacheTime: 0 });
  const tokens = () => chain.market.tokens;

  it.each([1n, 10n ** 15n, 10n ** 18n, 7n * 10n ** 18n + 12_345n, 40n * 10n ** 18n, 80n * 10n ** 18n])(
    'quote to the unit what the contracts quote, across ticks (%s wei in and out)',
    async (amount) => {
      const { WETH, USDC } = tokens();
      const pools = await reader.read(WETH.address, USDC.address, await head());
      for (const [fee, address] of [
        [500, chain.market.pools.v3low],
        [3_000, chain.market.pools.v3mid],
      ] as const) {
        const own = pools.filter((pool) => pool.address === address);
        const quoted = async (
          functionName: 'quoteExactInputSingle' | 'quoteExactOutputSingle',
          [tokenIn, tokenOut]: Address[],
        ) => {
          const { result } = await chain.anvil.public.simulateContract({
            ...{ address: chain.market.quoter, abi: QUOTER_V2, functionName },
            args: [
              {
                tokenIn: tokenIn!,
                tokenOut: tokenOut!,
                [functionName === 'quoteExactInputSingle' ? 'amountIn' : 'amount']: amount,
                fee,
                sqrtPriceLimitX96: 0n,
              } as never,
            ],
          });
          return result[0];
        };
        const sold = routeThrough(own, WETH.address, USDC.address, amount, 'exact_in', 0);
        if (sold) expect(sold.amountOut).toBe(await quoted('quoteExactInputSingle', [WETH.address, USDC.address]));
        else expect(amount).toBe(1n); // pays nothing
        const bought = routeThrough(own, USDC.address, WETH.address, amount, 'exact_out', 0);
        expect(bought!.amountIn).toBe(await quoted('quoteExactOutputSingle', [USDC.address, WETH.address]));
      }
    },
  );

  it('quote what Curve quotes, whose coins have six decimals', async () => {
    const { USDC, USDT } = tokens();
    const pools = await reader.read(USDT.address, USDC.address, await head());
    for (const amount of [1_000n, 5n * 10n ** 9n, 777_777_777_777n]) {
      const route = routeThrough(pools, USDT.address, USDC.address, amount, 'exact_in', 0)!;
      const quoted = await chain.anvil.public.readContract({
        ...{ address: chain.market.pools.stable, abi: CURVE_QUOTE, functionName: 'get_dy', args: [1n, 0n, amount] },
      });
      expect(route.amountOut).toBe(quoted);
    }
  });

  it('are all read at the block that is asked for', async () => {
    const { WETH, USDC } = tokens();
    const before = await head();
    const then = await reader.read(WETH.address, USDC.address, before);
    await chain.market.give(WETH.address, chain.market.pools.v2, 10n ** 18n);
    await chain.anvil.send(chain.market.owner, { to: chain.market.pools.v2, data: '0xfff6cae9' }); // sync()
    expect(await reader.read(WETH.address, USDC.address, before)).toEqual(then);
    expect(await reader.read(WETH.address, USDC.address, await head())).not.toEqual(then);
  });

  it('take no part where they are no pools, or those of another factory than the router trades with', async () => {
    const { WETH, USDC } = tokens();
    const [v2, , mid] = config.pools;
    const router = await otherRouter();
    const none = createPoolReader(openChain(config), [v2!, mid!], router);
    expect(await none.read(WETH.address, USDC.address, await head())).toEqual([]);
    const nothing = { type: 'uniswap_v3', address: WETH.address } as const;
    const some = createPoolReader(openChain(config), [nothing, mid!], chain.market.swapRouter02);
    expect(await some.read(WETH.address, USDC.address, await head())).toHaveLength(1);
  });

  /** Answers other factories: PUSH20 of an address, returned whatever is asked. */
  const otherRouter = async (): Promise<Address> => {
    const code = `0x73${'11'.repeat(20)}60005260206000f3` as const;
    const at: Address = '0x00000000000000000000000000000000000ab1e5';
    await chain.anvil.rpc('anvil_setCode', [at, code]);
    return at;
  };
});
