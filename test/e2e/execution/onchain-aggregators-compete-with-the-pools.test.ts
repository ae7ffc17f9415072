import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeFunctionData } from 'viem';
import {
  QuoteFailure,
  type Aggregator,
  type AggregatorQuote,
  type QuoteRequest,
} from '../../../src/execution/aggregators/port.ts';
import { QUOTER_V2, SWAP_ROUTER } from '../../support/routerAbis.ts';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import type { OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

describe.skipIf(!anvilBinary())('an aggregator beside the pools', () => {
  let stage: EvmStage;
  const asked: QuoteRequest[] = [];
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    const snapshot = await stage.anvil.rpc('evm_snapshot');
    asked.length = 0;
    return async () => void (await stage.anvil.rpc('evm_revert', [snapshot]));
  });

  /** Trades on the 0.3 % pool of WETH and USDC through the router, as an aggregator would that knows only that. */
  const honest = async (request: QuoteRequest): Promise<AggregatorQuote> => {
    asked.push(request);
    const { sellToken: tokenIn, buyToken: tokenOut, amount, bound, side, taker: recipient } = request;
    if (side === 'exact_out') throw new QuoteFailure('unsupported', 'exact input only');
    const { result } = await stage.anvil.public.simulateContract({
      ...{ address: stage.market.quoter, abi: QUOTER_V2, functionName: 'quoteExactInputSingle' },
      args: [{ tokenIn, tokenOut, amountIn: amount, fee: 3_000, sqrtPriceLimitX96: 0n }],
    });
    const swap = {
      tokenIn,
      tokenOut,
      fee: 3_000,
      recipient,
      amountIn: amount,
      amountOutMinimum: bound,
      sqrtPriceLimitX96: 0n,
    };
    return {
      ...{ amountIn: amount, maxAmountIn: amount, amountOut: result[0], minAmountOut: bound, gas: 150_000n, value: 0n },
      ...{ to: stage.market.swapRouter02, spender: stage.market.swapRouter02 },
      data: encodeFunctionData({ abi: SWAP_ROUTER, functionName: 'exactInputSingle', args: [swap] }),
      expiresAt: new Date(stage.clock.now().getTime() + 30_000),
    };
  };

  const open = (
    change: (quote: AggregatorQuote) => AggregatorQuote | Promise<AggregatorQuote>,
    withPools = true,
  ): OnchainVenue => {
    const { swapRouter02, pools } = stage.market;
    const aggregator: Aggregator = { name: 'zeroex', quote: async (request) => change(await honest(request)) };
    const own = [
      { type: 'uniswap_v2', address: pools.v2, feePips: 3_000 } as const,
      { type: 'uniswap_v3', address: pools.v3low } as const,
      { type: 'uniswap_v3', address: pools.v3btc } as const,
    ];
    const listed = {
      name: 'zeroex',
      url: 'http://127.0.0.1:1',
      targets: [swapRouter02],
      spenders: [swapRouter02],
    } as const;
    return stage.open(
      {
        ...{
          aggregators: [{ ...listed, targets: [...listed.targets], spenders: [...listed.spenders] }],
          quoteDeadlineMs: 200,
        },
        ...{ pools: withPools ? own : [], maxShortfallBps: 400 },
      },
      [aggregator],
    );
  };

  const decisionOf = async ({ clientOrderId }: VenueOrder) => {
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{
        decision: { expected: string; aggregator: string | null; pools: object[]; refused: { code: string }[] };
      }>('SELECT decision FROM chain_order WHERE client_order_id = $1', [clientOrderId]),
    );
    return row!.decision;
  };

  const traded = async (venue: OnchainVenue, quantity: string) => {
    const trader = await stage.fund({ WETH: 300 });
    const order = stage.order(await stage.account(trader), { quantity, limitPrice: '2000' });
    await venue.submit(order);
    const report = await stage.settled(order, venue);
    return { report, decision: await decisionOf(order), received: await stage.held('USDC', trader.address) };
  };

  it('shares a large order with two pools, each side at a nonce of its own, for what was expected to the unit', async () => {
    const { report, decision, received } = await traded(
      open((quote) => quote),
      '200',
    );
    expect(report.status).toBe('filled');
    expect(decision).toMatchObject({ aggregator: 'zeroex', pools: [{}, {}] });
    expect(report.fills).toHaveLength(3);
    expect(new Set(report.fills.map(({ tradeId }) => tradeId.split(':')[0])).size).toBe(2);
    expect(decision.expected).toBe(received.toString());
    expect(asked.map(({ amount }) => amount)).toEqual([200n * 10n ** 18n, 100n * 10n ** 18n]);
  });

  it('works alone where no pool is configured', async () => {
    const { report, decision } = await traded(
      open((quote) => quote, false),
      '3',
    );
    expect(report.status).toBe('filled');
    expect(decision).toMatchObject({ aggregator: 'zeroex', pools: [] });
  });

  const refusals: [string, string, (quote: AggregatorQuote) => AggregatorQuote | Promise<AggregatorQuote>][] = [
    [
      'calls what is not on the list',
      'target_not_allowed',
      (quote) => ({ ...quote, to: quote.data.slice(0, 42) as never }),
    ],
    [
      'wants another to be approved',
      'spender_not_allowed',
      (quote) => ({ ...quote, spender: quote.data.slice(0, 42) as never }),
    ],
    ['asks for coins beside the tokens', 'asks_for_value', (quote) => ({ ...quote, value: 1n })],
    ['is for another amount', 'other_amount', (quote) => ({ ...quote, amountIn: quote.amountIn - 1n })],
    ['would go beyond the limit', 'beyond_limit', (quote) => ({ ...quote, minAmountOut: quote.minAmountOut - 1n })],
    ['has expired', 'expired', (quote) => ({ ...quote, expiresAt: new Date(0) })],
    [
      'is worse than our own route',
      'worse_than_reference',
      (quote) => ({ ...quote, amountOut: (quote.amountOut * 9n) / 10n }),
    ],
    ['comes too late', 'timeout', () => new Promise(() => undefined)],
    [
      'fails in a way of its own',
      'unavailable',
      () => {
        throw new Error('boom');
      },
    ],
    [
      'has no liquidity',
      'no_liquidity',
      () => {
        throw new QuoteFailure('no_liquidity', 'none');
      },
    ],
  ];
  it.each(refusals)('is left out where its quote %s', async (_, code, change) => {
    const { report, decision } = await traded(open(change), '20');
    expect(report.status).toBe('filled');
    expect(decision.aggregator).toBeNull();
    expect(decision.refused.map((refused) => refused.code)).toEqual([code, code]);
  });

  it('is not believed: a quote that promises more than its transaction does is tried, and loses', async () => {
    const { report, decision, received } = await traded(
      open((quote) => ({ ...quote, amountOut: quote.amountOut * 2n })),
      '20',
    );
    expect(report.status).toBe('filled');
    expect(decision.expected).toBe(received.toString());
  });

  it('is left out where its transaction fails on the chain', async () => {
    const { report, decision } = await traded(
      open((quote) => ({ ...quote, data: '0xdeadbeef' })),
      '200',
    );
    expect(report.status).toBe('filled');
    expect(decision.aggregator).toBeNull();
  });

  it('has its permit signed before its transaction is tried, where the key is at hand', async () => {
    const venue = open(
      (quote) => ({
        ...quote,
        data: '0xdeadbeef',
        permit: { typedData: PERMIT, complete: (signature) => (signature.length === 132 ? quote.data : '0x') },
      }),
      false,
    );
    const { report, decision } = await traded(venue, '3');
    expect(report.status).toBe('filled');
    expect(decision.aggregator).toBe('zeroex');
    const trader = await stage.fund({ WETH: 3 });
    const order = stage.order(await stage.account(trader, { kind: 'client' }), { quantity: '3' });
    expect(await venue.submit(order)).toMatchObject({
      ...{ status: 'rejected', reason: expect.stringMatching(/zeroex: needs_signature/) },
    });
  });
});

const PERMIT = {
  domain: { name: 'Permit2', chainId: 1 },
  types: { Permit: [{ name: 'amount', type: 'uint256' }] },
  ...{ primaryType: 'Permit', message: { amount: 1n } },
};
