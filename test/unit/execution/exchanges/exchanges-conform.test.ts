import { afterAll, beforeAll } from 'vitest';
import { venueConforms } from '../../../support/venueConformance.ts';
import { EXCHANGES, startStage, type ExchangeStage } from '../../../venues/stage.ts';

const stages = new Map<string, ExchangeStage>();
beforeAll(async () => {
  for (const name of EXCHANGES) stages.set(name, await startStage(name));
});
afterAll(async () => {
  for (const stage of stages.values()) await stage.close();
});

for (const name of EXCHANGES) {
  venueConforms(name, () => {
    const { venue, tenant, order, refill } = stages.get(name)!;
    return { venue, tenant, order: (tenantId) => (refill(), order({ tenantId })) };
  });
}
