import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeFunctionData, erc20Abi, keccak256 } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import type { RelayConfig } from '../../src/execution/venuesModel.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startRelay, type Relay } from '../venues/relay.ts';

const authKey = generatePrivateKey();

describe.skipIf(!anvilBinary()).each(['flashbots', 'protect', 'mev_blocker'] as const)(
  'a private relay, %s',
  (kind) => {
    let stage: EvmStage;
    let relay: Relay;
    let venue: OnchainVenue;
    let trader: Awaited<ReturnType<EvmStage['fund']>>;
    let account: { tenantId: string; accountId: string };
    let order: VenueOrder;
    beforeAll(async () => {
      stage = await startEvmStage({ replaceAfterMs: 30_000 });
    });
    afterAll(() => stage.close());
    beforeEach(async () => {
      relay = await startRelay(stage.anvil.url, kind === 'flashbots' ? 'flashbots' : 'node');
      const { url } = relay;
      const config = {
        flashbots: { kind: 'flashbots', url, authKey },
        protect: { kind: 'protect', url, statusUrl: `${url}/tx` },
        mev_blocker: { kind: 'mev_blocker', url },
      }[kind] as RelayConfig;
      venue = stage.open({ relays: [config], blockTimeMs: 12_000 });
      trader = await stage.fund({ WETH: 10 });
      if (kind === 'flashbots') await approve(); // several transactions would go to it in one piece
      account = await stage.account(trader);
      order = stage.order(account, { quantity: '4', mempool: 'private' });
      return () => relay.close();
    });

    const approve = () => {
      const { swapRouter02, tokens } = stage.market;
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [swapRouter02, 10n ** 20n] });
      return stage.anvil.send(trader, { to: tokens.WETH.address, data });
    };

    const pending = () => stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });

    it('gets the swap, and nobody else does', async () => {
      relay.withholds = true;
      await venue.submit(order);
      expect(relay.taken).toHaveLength(1);
      expect(await pending()).toBe(1); // the approval, in which there is nothing to take
      await relay.release();
      expect((await stage.settled(order, venue)).status).toBe('filled');
      if (kind === 'flashbots') expect(relay.signers[0]).toBe(privateKeyToAccount(authKey).address);
    });

    it('gets the same bytes again while they are not mined: what it says has failed may still be mined', async () => {
      relay.withholds = true;
      await venue.submit(order);
      for (let looks = 0; looks < 2; looks++) {
        stage.clock.ahead(12_000);
        await venue.lookup(order);
      }
      expect(relay.taken).toHaveLength(3);
      expect(new Set(relay.taken).size).toBe(1);
      await relay.release();
      const report = await stage.settled(order, venue);
      expect(report.fills[0]!.tradeId.startsWith(keccak256(relay.taken[0]!))).toBe(true);
      expect(await stage.held('WETH', trader.address)).toBe(6n * 10n ** 18n);
    });

    it('gets a cancellation on the same nonce, and what is mined decides', async () => {
      relay.withholds = true;
      await venue.submit(order);
      await venue.cancel(order);
      expect(new Set(relay.taken).size).toBe(2);
      await relay.release();
      const report = await stage.settled(order, venue);
      const isSold = (await stage.held('WETH', trader.address)) === 6n * 10n ** 18n;
      expect(report.status).toBe(isSold ? 'filled' : 'canceled');
      expect(await pending()).toBe(2);
    });

    it('does not keep an order for ever: what cancels it goes past a relay that is gone', async () => {
      relay.withholds = true;
      await venue.submit(order);
      relay.fault = 'drop';
      await venue.cancel(order);
      stage.clock.ahead(31_000);
      expect(await stage.settled(order, venue)).toMatchObject({ status: 'canceled', fills: [] });
      expect(await stage.held('WETH', trader.address)).toBe(10n ** 19n);
    });

    it('is asked again after it gave no answer', async () => {
      relay.fault = 'drop';
      expect((await venue.submit(order)).status).toBe('accepted');
      relay.fault = undefined;
      stage.clock.ahead(12_000);
      expect((await stage.settled(order, venue)).status).toBe('filled');
      expect(await pending()).toBe(2);
    });

    it('gives the nonce back where it refuses for good', async () => {
      relay.fault = { message: 'insufficient funds for gas' };
      await venue.submit(order);
      const status = kind === 'flashbots' ? 'rejected' : 'canceled'; // what was approved in vain costs gas
      expect(await stage.settled(order, venue)).toMatchObject({ status, fills: [] });
      relay.fault = undefined;
      const next = stage.order(account, { quantity: '1', mempool: 'private' });
      await venue.submit(next);
      expect((await stage.settled(next, venue)).status).toBe('filled');
    });

    it('is taken by itself where a sandwich could take more than waiting for it costs', async () => {
      const wide = stage.order(account, { quantity: '4', mempool: 'auto', limitPrice: '2900' });
      await venue.submit(wide);
      expect((await stage.settled(wide, venue)).status).toBe('filled');
      expect(relay.taken).toHaveLength(1);
      const quoted = Number((await stage.settled(wide, venue)).fills[0]!.price);
      const tight = stage.order(account, {
        quantity: '0.1',
        mempool: 'auto',
        limitPrice: (quoted * 0.9999).toFixed(2),
      });
      const report = await venue.submit(tight);
      expect(report.status).toBe('accepted');
      await stage.settled(tight, venue);
      expect(relay.taken).toHaveLength(1);
    });
  },
);
