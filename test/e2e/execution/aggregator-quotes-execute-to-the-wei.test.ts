import { encodeFunctionData, erc20Abi, type Address } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AggregatorQuote, QuoteRequest } from '../../../src/execution/aggregators/port.ts';
import { aggregatorOf } from '../../../src/execution/aggregators/select.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { balanceOf } from '../../support/evmMarket.ts';
import { poolPricing, type Dealer } from '../../venues/aggregators/pricing.ts';
import type { AggregatorServer } from '../../venues/aggregators/server.ts';
import { configOf, NAMES, startServer } from '../../venues/aggregators/stage.ts';

const ETHER = 10n ** 18n;
const USD = 10n ** 6n;

describe.skipIf(!anvilBinary())('a quote of an aggregator, at the block that it is of', () => {
  let chain: EvmChain;
  let snapshot: unknown;
  let server: AggregatorServer & Dealer;
  beforeAll(async () => {
    chain = await startEvmChain();
  });
  afterAll(() => chain.stop());
  beforeEach(async () => {
    snapshot = await chain.anvil.rpc('evm_snapshot');
  });
  afterEach(async () => {
    await server.close();
    await chain.anvil.rpc('evm_revert', [snapshot]);
  });

  const held = (token: Address, account: Address) => balanceOf(chain.anvil, token, account);
  const send = async (account: PrivateKeyAccount, to: Address, data: `0x${string}`) =>
    chain.anvil.send(account as never, { to, data });

  /** Asks, approves as much as it takes at most, sends its transaction, and tells what was paid and received. */
  const executed = async (
    name: (typeof NAMES)[number],
    rest: Pick<QuoteRequest, 'side' | 'amount' | 'bound'>,
  ): Promise<{ quote: AggregatorQuote; paid: bigint; received: bigint }> => {
    const { anvil, market } = chain;
    const { WETH, USDC } = market.tokens;
    server = await startServer(name, poolPricing(anvil, market, 3_000), systemClock as never);
    const aggregator = aggregatorOf(configOf(name, server.url, market.swapRouter02), { clock: systemClock })!;
    const taker = await chain.fund({ WETH: 100 });
    const request: QuoteRequest = {
      ...{ chainId: anvil.chainId, taker: taker.address, gasPrice: 2_000_000_000n },
      ...{ sellToken: WETH.address, sellDecimals: 18, buyToken: USDC.address, buyDecimals: 6, ...rest },
      validUntil: new Date(systemClock.now().getTime() + 60_000),
    };
    const quote = await aggregator.quote(request, AbortSignal.timeout(10_000));
    const before = await held(WETH.address, taker.address);
    const allowance = { abi: erc20Abi, functionName: 'approve', args: [quote.spender, quote.maxAmountIn] } as const;
    await send(taker, WETH.address, encodeFunctionData(allowance));
    await send(taker, quote.to, quote.data);
    const paid = before - (await held(WETH.address, taker.address));
    return { quote, paid, received: await held(USDC.address, taker.address) };
  };

  it.each(NAMES)('%s: an exact input gives what was quoted', async (name) => {
    const { quote, paid, received } = await executed(name, {
      ...{ side: 'exact_in', amount: 25n * ETHER, bound: 70_000n * USD },
    });
    expect(received).toBe(quote.amountOut);
    expect(received).toBeGreaterThan(70_000n * USD);
    expect(paid).toBe(25n * ETHER);
  });

  it('Velora: an exact output takes what was quoted', async () => {
    const { quote, paid, received } = await executed('velora', {
      ...{ side: 'exact_out', amount: 60_000n * USD, bound: 25n * ETHER },
    });
    expect(paid).toBe(quote.amountIn);
    expect(paid).toBeGreaterThan(20n * ETHER);
    expect(received).toBe(60_000n * USD);
  });
});
