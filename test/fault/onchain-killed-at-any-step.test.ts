import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatePrivateKey } from 'viem/accounts';
import type { VenueOrder } from '../../src/execution/ports.ts';
import type { OnchainVenue } from '../../src/execution/venues/onchain.ts';
import type { RelayConfig } from '../../src/execution/venuesModel.ts';
import type { Database } from '../../src/platform/database.ts';
import { anvilBinary } from '../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../support/evmStage.ts';
import { startChainNode } from '../venues/chainNode.ts';
import { startRelay, type Relay } from '../venues/relay.ts';

const ways = [
  ['one after another', 'public'],
  ['in a bundle', 'private'],
] as const;

describe.skipIf(!anvilBinary()).each(ways)('a process that dies while it sends an order %s', (_, mempool) => {
  let stage: EvmStage;
  let relay: Relay;
  let surviving: OnchainVenue;
  let config: { relays: RelayConfig[] };
  beforeAll(async () => {
    stage = await startEvmStage();
    relay = await startRelay(stage.anvil.url, 'flashbots');
    config = { relays: [{ kind: 'flashbots', url: relay.url, authKey: generatePrivateKey() }] };
    surviving = stage.open(config);
  });
  afterAll(async () => {
    await relay.close();
    await stage.close();
  });

  /**
   * A venue that lives for so many steps, each a transaction in the database or a call to the node. The last one is cut off before it
   * takes effect, or right after.
   */
  const mortal = async (steps: number, effect: 'done' | 'none') => {
    let left = steps;
    const die = (): never => {
      throw new Error('dead');
    };
    const db: Database = {
      ...stage.database.db,
      async tenant(id, work) {
        left -= 1;
        if (left < 0 || (left === 0 && effect === 'none')) die();
        const done = await stage.database.db.tenant(id, work);
        return left === 0 ? die() : done;
      },
    };
    const node = await startChainNode(stage.anvil.url);
    node.onCall(() => {
      left -= 1;
      if (left > 0) return undefined;
      return { effect: left === 0 ? effect : 'none', answer: 'drop' };
    });
    return { venue: stage.open({ rpcUrl: node.url, ...config }, [], db), close: node.close, isDead: () => left <= 0 };
  };

  /** Works an order until the venue dies, at most so long as it takes; then another goes on from what is written down. */
  const workedThrough = async (steps: number, effect: 'done' | 'none'): Promise<boolean> => {
    const trader = await stage.fund({ WETH: 10 });
    const order: VenueOrder = stage.order(await stage.account(trader), { quantity: '1', mempool });
    const { venue, close, isDead } = await mortal(steps, effect);
    try {
      await venue.submit(order);
      await stage.settled(order, venue);
    } catch {
      // it died
    }
    await close();
    if (!(await surviving.lookup(order))) await surviving.submit(order);
    const report = await stage.settled(order, surviving);
    expect(report.status).toBe('filled');
    expect(report.fills.length).toBeGreaterThan(0);
    expect(await stage.held('WETH', trader.address)).toBe(9n * 10n ** 18n);
    const count = await stage.anvil.public.getTransactionCount({ address: trader.address, blockTag: 'pending' });
    expect(count, 'an approval and a swap').toBe(2);
    return isDead();
  };

  it.each(['none', 'done'] as const)(
    'trades it once, whichever step was its last (effect of it: %s)',
    async (effect) => {
      let steps = 1;
      while (await workedThrough(steps, effect)) steps += 1;
      expect(steps).toBeGreaterThan(30);
      expect(relay.bundles.length > 0).toBe(mempool === 'private');
      console.log(`killed at each of ${steps - 1} steps, effect ${effect}: 0 lost, 0 doubled, 0 stuck`);
    },
    120_000,
  );
});
