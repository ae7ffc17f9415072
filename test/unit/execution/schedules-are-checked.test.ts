import { expect, test } from 'vitest';
import { ScheduleInputSchema } from '../../../src/execution/scheduleModel.ts';

const GOOD = { kind: 'twap', horizonSeconds: 60, slices: 6 };
const VOLUMES = [{ symbol: 'spot:BTC/USD', quantity: 1_000 }];

test('a good one is taken, without jitter unless it is asked for', () => {
  expect(ScheduleInputSchema.parse(GOOD)).toEqual({ ...GOOD, jitter: 0 });
});

test.each([
  ['horizonSeconds', { slices: 61 }],
  ['horizonSeconds', { horizonSeconds: 86_401 }],
  ['slices', { slices: 0 }],
  ['slices', { slices: 101, horizonSeconds: 200 }],
  ['halfLifeSeconds', { kind: 'almgren_chriss' }],
  ['halfLifeSeconds', { halfLifeSeconds: 10 }],
  ['halfLifeSeconds', { kind: 'almgren_chriss', halfLifeSeconds: 0 }],
  ['dailyVolumes', { participationCap: 0.1 }],
  ['dailyVolumes', { dailyVolumes: VOLUMES }],
  ['dailyVolumes', { participationCap: 0.1, dailyVolumes: [...VOLUMES, ...VOLUMES] }],
  ['participationCap', { participationCap: 0, dailyVolumes: VOLUMES }],
  ['jitter', { jitter: 1.1 }],
])('%s is at fault in %j', (field, change) => {
  const { error } = ScheduleInputSchema.safeParse({ ...GOOD, ...change });
  expect(error!.issues.map(({ path }) => path[0])).toContain(field);
});
