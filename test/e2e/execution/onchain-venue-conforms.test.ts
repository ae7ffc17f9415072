import { afterAll, beforeAll } from 'vitest';
import type { OnchainVenue } from '../../../src/execution/venues/onchain.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startEvmStage, type EvmStage } from '../../support/evmStage.ts';
import { venueConforms } from '../../support/venueConformance.ts';

if (anvilBinary()) {
  let stage: EvmStage;
  beforeAll(async () => {
    stage = await startEvmStage();
  });
  afterAll(() => stage.close());

  /** On a chain where blocks follow at once. */
  const prompt = (venue: OnchainVenue): OnchainVenue => ({
    ...venue,
    async submit(order) {
      await venue.submit(order);
      return stage.settled(order);
    },
  });

  venueConforms('the on-chain venue', () => ({
    venue: prompt(stage.venue),
    tenant: () => stage.database.tenant(),
    async order(tenantId) {
      const trader = await stage.fund({ WETH: 2 });
      return stage.order(await stage.account(trader, undefined, tenantId), { quantity: '1' });
    },
  }));
}
