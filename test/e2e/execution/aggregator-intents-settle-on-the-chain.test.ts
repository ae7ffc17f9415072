import type { Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Intent, IntentRequest, IntentService } from '../../../src/execution/aggregators/intents.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { deploySettlement, type SettlementMarket } from '../../support/settlementMarket.ts';

// CoW's own settlement contract on a real EVM: what it finds signed is what we signed, under the name that we gave it.

const ETHER = 10n ** 18n;
const USD = 10n ** 6n;

describe.skipIf(!anvilBinary())('an order signed for CoW', () => {
  let chain: EvmChain;
  let market: SettlementMarket;
  let service: IntentService;
  let trader: Awaited<ReturnType<EvmChain['fund']>>;

  beforeAll(async () => {
    chain = await startEvmChain();
    market = await deploySettlement(chain, systemClock);
    service = market.services.cow;
  });
  afterAll(async () => {
    await market.close();
    chain.stop();
  });
  beforeEach(async () => {
    trader = await chain.fund({ WETH: 100, USDC: 100_000 });
  });

  const quoted = (rest: Pick<IntentRequest, 'side' | 'amount' | 'bound' | 'clientOrderId'>): Promise<Intent> => {
    const { WETH, USDC } = chain.market.tokens;
    const request: IntentRequest = {
      ...{ chainId: chain.anvil.chainId, taker: trader.address, gasPrice: 2_000_000_000n, ...rest },
      ...{ sellToken: WETH.address, sellDecimals: 18, buyToken: USDC.address, buyDecimals: 6 },
      validUntil: new Date(systemClock.now().getTime() + 600_000),
    };
    return service.quote(request, AbortSignal.timeout(10_000));
  };

  const approved = (intent: Intent) =>
    market.approve(trader, chain.market.tokens.WETH.address, intent.spender, BigInt(intent.sellAmount));

  it('is settled once, for no less than was signed, and told with its transaction', async () => {
    const intent = await quoted({
      ...{ side: 'exact_in', amount: 10n * ETHER, bound: 29_000n * USD, clientOrderId: 'b1' },
    });
    await approved(intent);
    const signature = await trader.signTypedData(intent.typedData as never);
    await service.submit(intent, signature, AbortSignal.timeout(10_000));
    const before = await chain.held('USDC', trader.address);
    const bought = await market.settle(intent.uid as Hex);
    expect((await chain.held('USDC', trader.address)) - before).toBe(bought);
    expect(bought).toBeGreaterThanOrEqual(BigInt(intent.buyAmount));
    // The contract has it filled under the name that we gave it before it was sent.
    expect(await market.read<bigint>('filledAmount', [intent.uid])).toBe(10n * ETHER);
    const report = (await service.lookup(intent, AbortSignal.timeout(10_000)))!;
    expect(report).toMatchObject({ status: 'filled', sold: 10n * ETHER, bought });
    const receipt = await chain.anvil.public.getTransactionReceipt({ hash: report.transactions[0]! });
    expect(receipt).toMatchObject({ status: 'success', to: market.settlement.toLowerCase() });
    await expect(market.settle(intent.uid as Hex)).rejects.toThrow('reverted');
  });

  it('whose answer was lost is found and settled under its name, and sent again it is the same', async () => {
    const intent = await quoted({
      ...{ side: 'exact_in', amount: ETHER, bound: 2_900n * USD, clientOrderId: 'b2' },
    });
    await approved(intent);
    const signature = await trader.signTypedData(intent.typedData as never);
    market.cow.fault = { on: 'POST', does: () => ({ status: 504, body: '', raw: '' }) };
    await expect(service.submit(intent, signature, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      name: 'QuoteFailure',
    });
    market.cow.fault = undefined;
    expect(await service.lookup(intent, AbortSignal.timeout(10_000))).toMatchObject({ status: 'open' });
    await service.submit(intent, signature, AbortSignal.timeout(10_000));
    expect([...market.cow.orders.keys()].filter((uid) => uid === intent.uid)).toHaveLength(1);
    await market.settle(intent.uid as Hex);
    expect(await market.read<bigint>('filledAmount', [intent.uid])).toBe(ETHER);
  });
});
