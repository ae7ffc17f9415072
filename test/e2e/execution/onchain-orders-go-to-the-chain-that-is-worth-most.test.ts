import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VenueOrder } from '../../../src/execution/ports.ts';
import { onchainVenue, type OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { VenuesConfigSchema, type ChainConfig } from '../../../src/execution/venuesModel.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmChain, type EvmChain } from '../../support/evmChain.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';

const ETHER = 10n ** 18n;
const YEAR = 31_536_000;

describe.skipIf(!anvilBinary())('an account that trades on two chains', () => {
  let stage: EvmStage;
  let other: EvmChain;
  let trader: Awaited<ReturnType<EvmStage['fund']>>;
  let account: { tenantId: string; accountId: string };
  beforeAll(async () => {
    [stage, other] = await Promise.all([startEvmStage(), startEvmChain([], 10)]);
  });
  afterAll(async () => {
    other.stop();
    await stage.close();
  });
  beforeEach(async () => {
    trader = await stage.fund({ WETH: 60, USDC: 300_000 });
    account = { tenantId: await stage.database.tenant(), accountId: randomUUID() };
    await give(other, { WETH: 60, USDC: 300_000 });
    const chains = [stage, other];
    const snapshots = await Promise.all(chains.map(({ anvil }) => anvil.rpc('evm_snapshot')));
    return async () => {
      for (const [i, { anvil }] of chains.entries()) {
        await anvil.rpc('evm_revert', [snapshots[i]]);
        await anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
        await anvil.mine(6);
      }
    };
  });

  /** The same address there. */
  const give = async ({ anvil, market }: EvmChain, tokens: { WETH: number; USDC: number }, ether = 10n) => {
    await anvil.rpc('anvil_setBalance', [trader.address, `0x${(ether * ETHER).toString(16)}`]);
    await market.give(market.tokens.WETH.address, trader.address, BigInt(tokens.WETH) * ETHER);
    await market.give(market.tokens.USDC.address, trader.address, BigInt(tokens.USDC) * 10n ** 6n);
  };

  /** `local` has a pool less than `other`, unless told otherwise. */
  const open = (
    changes: { local?: Partial<ChainConfig>; other?: Partial<ChainConfig> } = {},
    signer: { kind: 'local'; privateKey: string } | { kind: 'client' } = { kind: 'local', privateKey: trader.key },
  ): OnchainVenue => {
    const { v2, v3mid } = stage.market.pools;
    const thin = [
      { type: 'uniswap_v2' as const, address: v2, feePips: 3_000 },
      { type: 'uniswap_v3' as const, address: v3mid },
    ];
    const files = [
      ...stage.venuesFile({ pools: thin, ...changes.local }).chains,
      ...other.venuesFile({ name: 'other', ...changes.other }).chains,
    ];
    const { chains } = VenuesConfigSchema.parse({ chains: files });
    return onchainVenue({
      ...{ db: stage.database.db, clock: stage.clock, ids: systemIds(stage.clock), chains },
      ...{ aggregatorsOf: () => [], intentServicesOf: () => [] },
      openAccount: (ref) =>
        Promise.resolve({
          ...ref,
          secrets: {
            ...{ venue: 'onchain', chain: 'local', otherChains: ['other'], address: trader.address },
            signer,
          },
        }),
    });
  };

  interface Decision {
    chains: ({ chain: string } & (
      { worth: number; bridgeCost: number; delayCost: number; net: number } | { leftOut: string }
    ))[];
  }
  const rowOf = async ({ clientOrderId }: VenueOrder) => {
    const [row] = await stage.database.db.system((tx) =>
      tx.query<{ chain: string; decision: Decision; rejection: string | null }>(
        'SELECT chain, decision, rejection FROM chain_order WHERE client_order_id = $1',
        [clientOrderId],
      ),
    );
    return row!;
  };
  const traded = async (venue: OnchainVenue, rest: Partial<VenueOrder> = {}) => {
    const order = stage.order(account, { quantity: '60', limitPrice: rest.side === 'buy' ? '3300' : '2500', ...rest });
    await venue.submit(order);
    await other.anvil.mine(2);
    const report = await stage.settled(order, {
      ...venue,
      lookup: async (ref) => {
        await other.anvil.mine();
        return venue.lookup(ref);
      },
    });
    expect(report.status).toBe('filled');
    return rowOf(order);
  };

  it('sells where that brings most, and nothing elsewhere', async () => {
    const { chain, decision } = await traded(open());
    expect(chain).toBe('other');
    expect(decision.chains.map((each) => each.chain)).toEqual(['local', 'other']);
    expect(await other.held('WETH', trader.address)).toBe(0n);
    expect(await stage.held('WETH', trader.address)).toBe(60n * ETHER);
  });

  it('buys where that costs least', async () => {
    const { chain } = await traded(open(), { side: 'buy' });
    expect(chain).toBe('other');
    expect(await stage.held('WETH', trader.address)).toBe(60n * ETHER);
  });

  it('goes elsewhere where gas eats what the pools give more', async () => {
    const small = { quantity: '1' };
    const deep = { other: { maxFeeGwei: 20_000 } };
    expect((await traded(open(deep), small)).chain).toBe('other');
    await other.anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x12309ce54000']); // 20,000 gwei
    await other.anvil.mine();
    await other.anvil.rpc('anvil_setBalance', [trader.address, `0x${(1_000n * ETHER).toString(16)}`]);
    const { chain, decision } = await traded(open({ other: { maxFeeGwei: 50_000 } }), small);
    expect(chain).toBe('local');
    expect(decision.chains).toHaveLength(2);
  });

  /** What is decided, with nothing signed. */
  const decided = async (venue: OnchainVenue, rest: Partial<VenueOrder> = {}) => {
    const order = stage.order(account, { quantity: '60', limitPrice: '2500', ...rest });
    expect(await venue.submit(order)).toMatchObject({ status: 'accepted', signatureRequest: { kind: 'transaction' } });
    await venue.cancel(order);
    return rowOf(order);
  };

  it('goes elsewhere where the bridge costs more than the pools give more, and not for a dollar less', async () => {
    const bridged = (cost: number) => open({ other: { bridge: { cost, delaySeconds: 0 } } }, { kind: 'client' });
    const free = await decided(bridged(0));
    const [local, there] = free.decision.chains as { worth: number; net: number }[];
    const gain = there!.worth - local!.worth;
    expect(gain).toBeGreaterThan(10);
    expect(there!.net).toBe(there!.worth);
    expect(await decided(bridged(gain - 1))).toMatchObject({ chain: 'other' });
    expect(await decided(bridged(gain + 1))).toMatchObject({
      ...{ chain: 'local', decision: { chains: [{ bridgeCost: 0 }, { bridgeCost: gain + 1 }] } },
    });
  });

  it('goes elsewhere where waiting for the bridge costs more, by what the price moves meanwhile', async () => {
    const delaySeconds = 12 * 3_600;
    const { chain, decision } = await traded(open({ other: { bridge: { cost: 0, delaySeconds } } }));
    expect(chain).toBe('local');
    const there = decision.chains[1] as { worth: number; delayCost: number; net: number };
    expect(there.delayCost / (there.worth * 0.8 * Math.sqrt(delaySeconds / YEAR / (2 * Math.PI)))).toBeCloseTo(1, 2);
    expect(there.net).toBeCloseTo(there.worth - there.delayCost, 6);
  });

  it('leaves out a chain that does not answer, and says so', async () => {
    const venue = open({ other: { rpcUrl: 'http://127.0.0.1:1' } });
    const { chain, decision } = await traded(venue);
    expect(chain).toBe('local');
    expect(decision.chains[1]).toMatchObject({ chain: 'other', leftOut: expect.stringMatching(/eth_chainId/) });
    expect(await venue.openOrders(account)).toEqual([]);
  });

  it('leaves out a chain without the tokens', async () => {
    const { ETH } = other.venuesFile().chains[0]!.tokens!;
    const { chain, decision } = await traded(open({ other: { tokens: { ETH: ETH! } } }));
    expect(chain).toBe('local');
    expect(decision.chains[1]).toMatchObject({ leftOut: 'No token is configured for USD on other' });
  });

  it('leaves out a chain where the account cannot pay', async () => {
    expect((await traded(open(), { side: 'buy' })).chain).toBe('other');
    expect(await traded(open(), { side: 'buy' })).toMatchObject({
      ...{ chain: 'local', decision: { chains: [{ chain: 'local' }, { leftOut: expect.stringMatching(/holds/) }] } },
    });
  });

  it('is told every reason where no chain will do', async () => {
    const order = stage.order(account, { quantity: '60', limitPrice: '4000' });
    const report = await open().submit(order);
    expect(report).toMatchObject({
      ...{
        status: 'rejected',
        reason: expect.stringMatching(/^local: No route is within.*; other: No route is within/),
      },
    });
  });

  it('takes nothing while no chain answers, and takes the order afterwards', async () => {
    const rpcUrl = 'http://127.0.0.1:1';
    const venue = open({ local: { rpcUrl }, other: { rpcUrl } });
    const order = stage.order(account, { quantity: '1' });
    await expect(venue.submit(order)).rejects.toThrow('eth_chainId');
    await expect(venue.openOrders(account)).rejects.toThrow();
    expect(await open().lookup(order)).toBeUndefined();
    expect(await open().submit(order)).toMatchObject({ status: 'accepted' });
  });

  it('takes one of many submissions of one id at once, on one chain', async () => {
    const order = stage.order(account, { quantity: '10' });
    const venue = open();
    await Promise.all(Array.from({ length: 4 }, () => venue.submit(order)));
    for (let looks = 0; looks < 6; looks++) {
      await Promise.all([stage.anvil.mine(), other.anvil.mine()]);
      await venue.lookup(order);
    }
    expect((await venue.lookup(order))!.status).toBe('filled');
    const held = [await stage.held('WETH', trader.address), await other.held('WETH', trader.address)];
    expect(held[0]! + held[1]!).toBe(110n * ETHER);
  });

  it('has nothing decided on for what was called off meanwhile', async () => {
    const order = stage.order(account, { quantity: '10', isCalledOff: () => Promise.resolve(true) });
    await expect(open().submit(order)).rejects.toThrow('called off');
    expect(await open().lookup(order)).toBeUndefined();
  });
});
