import { size, type Hex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { receivedAt } from '../../../src/execution/aggregators/fusionAuction.ts';
import type { Intent, IntentRequest, IntentService } from '../../../src/execution/aggregators/intents.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { movableClock } from '../../support/evmStage.ts';
import { deploySettlement, type SettlementMarket } from '../../support/settlementMarket.ts';

// The contracts of 1inch on a real EVM: what they find signed is what we signed, under the name that we gave it, and they pay by the auction.

const ETHER = 10n ** 18n;
const USD = 10n ** 6n;
const signal = () => AbortSignal.timeout(10_000);

describe.skipIf(!anvilBinary())('an order signed for 1inch Fusion', () => {
  const clock = movableClock();
  let chain: EvmChain;
  let market: SettlementMarket;
  let service: IntentService;
  let trader: Awaited<ReturnType<EvmChain['fund']>>;

  beforeAll(async () => {
    chain = await startEvmChain();
    market = await deploySettlement(chain, clock);
    service = market.services.fusion;
  });
  afterAll(async () => {
    await market.close();
    chain.stop();
  });
  beforeEach(async () => {
    trader = await chain.fund({ WETH: 100, USDC: 100_000 });
    Object.assign(market.fusion, {
      fee: { ...market.fusion.fee, bps: 10 },
      ...{ surplusFee: 50, exclusiveResolver: null, gasCost: { gasBumpEstimate: 0, gasPriceEstimate: '0' } },
    });
    clock.ahead(600_000); // later than whatever block another test has come to
    await chain.anvil.rpc('evm_setNextBlockTimestamp', [Math.floor(clock.now().getTime() / 1_000)]);
    await chain.anvil.mine();
    const snapshot = await chain.anvil.rpc('evm_snapshot');
    return async () => void (await chain.anvil.rpc('evm_revert', [snapshot]));
  });

  const quoted = (rest: Partial<IntentRequest> = {}): Promise<Intent> => {
    const { WETH, USDC } = chain.market.tokens;
    const request: IntentRequest = {
      ...{ chainId: chain.anvil.chainId, taker: trader.address, gasPrice: 2_000_000_000n, side: 'exact_in' },
      ...{ sellToken: WETH.address, sellDecimals: 18, buyToken: USDC.address, buyDecimals: 6, clientOrderId: 'b1' },
      ...{ amount: 10n * ETHER, bound: 29_000n * USD },
      validUntil: new Date(clock.now().getTime() + 600_000),
      ...rest,
    };
    return service.quote(request, signal());
  };
  const submitted = async (intent: Intent) => {
    await market.approve(trader, chain.market.tokens.WETH.address, intent.spender, BigInt(intent.sellAmount));
    await service.submit(intent, await trader.signTypedData(intent.typedData as never), signal());
    return intent.uid as Hex;
  };
  const struct = (intent: Intent) =>
    Object.fromEntries(
      Object.entries(intent.typedData.message).map(([name, value]) => [name, BigInt(value as string)]),
    );

  it('has the name that the contract gives it', async () => {
    const intent = await quoted();
    expect(await market.readRouter<Hex>('hashOrder', [struct(intent)])).toBe(intent.uid);
  });

  const changes: [string, Partial<SettlementMarket['fusion']>][] = [
    ['with fees', {}],
    [
      'with none, paid to its owner at once',
      { fee: { receiver: '0x01' as never, bps: 0, whitelistDiscountPercent: 0 }, surplusFee: 0 },
    ],
    ['less what gas costs', { gasCost: { gasBumpEstimate: 9_000, gasPriceEstimate: '1200' } }],
  ];
  describe.each(changes)('%s', (_, change) => {
    it.each([-3, 0, 31, 72, 200, 238, 246])(
      'pays, %i s after its auction starts, what it says to the unit',
      async (after) => {
        const receiver = market.fusion.fee.receiver;
        Object.assign(market.fusion, change, { fee: { ...market.fusion.fee, ...change.fee, receiver } });
        const intent = await quoted();
        const hash = await submitted(intent);
        const { order } = market.fusion.orders.get(hash)!;
        const startsAt = intent.validTo - 12 - 240;
        await chain.anvil.rpc('evm_setNextBlockTimestamp', [startsAt + after]);
        await chain.anvil.rpc('anvil_mine', [1]);
        const held = () => chain.held('USDC', trader.address);
        const before = await held();
        // The block after: its time is what counts.
        const bought = await market.settleFusion(hash);
        const { timestamp, baseFeePerGas } = await chain.anvil.public.getBlock();
        expect((await held()) - before).toBe(bought);
        const least = BigInt(order.takingAmount);
        const { fee, surplusFee, gasCost } = market.fusion;
        const pricedAt = await market.fusion.pricing.price({
          ...{ tokenIn: intent.sellToken, tokenOut: intent.buyToken, side: 'exact_in', amount: 10n * ETHER },
        });
        const marketAmount = pricedAt!.amountOut; // the resolver paid from its own
        const initialRateBump = Number(((marketAmount - least) * 10_000_000n) / least);
        const auction = {
          ...{ startsAt, seconds: 240, initialRateBump, gasBumpEstimate: gasCost.gasBumpEstimate },
          ...{ gasPriceEstimate: Number(gasCost.gasPriceEstimate) },
          points: [{ delay: 60, coefficient: Math.floor(initialRateBump / 2) }],
        };
        const fees = { ...fee, estimatedAmount: marketAmount, surplusPercent: surplusFee };
        expect(bought).toBe(receivedAt(least, auction, fees, Number(timestamp), baseFeePerGas!));
        expect(bought).toBeGreaterThanOrEqual(BigInt(intent.buyAmount));
        expect(bought).toBeGreaterThanOrEqual(29_000n * USD);
        expect(await chain.held('WETH', trader.address)).toBe(90n * ETHER);
      },
    );
  });

  it('is filled once, whole, and told with its transaction', async () => {
    const intent = await quoted();
    const hash = await submitted(intent);
    const bought = await market.settleFusion(hash);
    const report = (await service.lookup(intent, signal()))!;
    const receipt = await chain.anvil.public.getTransactionReceipt({ hash: report.transactions[0]! });
    const trade = service.tradeOf(intent, receipt.logs as never);
    expect(trade).toMatchObject({ sold: 10n * ETHER, bought });
    const { read, fateOf } = service.trace(intent);
    expect(fateOf(await chain.anvil.public.readContract(read as never))).toBe('spent');
    await expect(market.settleFusion(hash)).rejects.toThrow('reverted');
  });

  it('is not filled for less, nor with another extension, nor in part', async () => {
    const intent = await quoted();
    const hash = await submitted(intent);
    const taken = market.fusion.orders.get(hash)!;
    const fails = async (change: Partial<typeof taken>) => {
      market.fusion.orders.set(hash, { ...taken, ...change });
      await expect(market.settleFusion(hash)).rejects.toThrow('reverted');
      market.fusion.orders.set(hash, taken);
    };
    await fails({ order: { ...taken.order, takingAmount: '1' } });
    await fails({ extension: `${taken.extension.slice(0, -2)}00` as Hex });
    expect(size(taken.extension)).toBeGreaterThan(200);
    await expect(market.settleFusionSilently(hash, { amount: 9n * ETHER })).rejects.toThrow('reverted');
    expect(await chain.held('WETH', trader.address)).toBe(100n * ETHER);
    await market.settleFusion(hash);
    expect(await chain.held('WETH', trader.address)).toBe(90n * ETHER);
  });

  it('is not filled after its time', async () => {
    const intent = await quoted();
    const hash = await submitted(intent);
    await chain.anvil.rpc('evm_setNextBlockTimestamp', [intent.validTo + 1]);
    await chain.anvil.rpc('anvil_mine', [1]);
    await expect(market.settleFusionSilently(hash)).rejects.toThrow('reverted');
    expect(await chain.held('WETH', trader.address)).toBe(100n * ETHER);
  });
});
