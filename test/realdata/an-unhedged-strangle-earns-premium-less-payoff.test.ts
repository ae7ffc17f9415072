import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HISTORY_FOLDER, recordedStrangle } from '../../bench/recordedStrangle.ts';
import { NO_COSTS } from '../../src/quant/hedging/cost.ts';
import { openKernel } from '../../src/quant/kernel/kernel.ts';
import { type HedgeStrategy, strategyColumn } from '../../src/quant/simulation/hedgeSetup.ts';
import { replayHistory } from '../../src/quant/simulation/historyReplay.ts';

// What docs/backtests.md replays.

const present = existsSync(HISTORY_FOLDER);
if (!present) console.warn(`skipped: the recorded chains are not here (${HISTORY_FOLDER})`);

it.runIf(present)('two strangles of ETH in the fall of May and June 2026', () => {
  const { history, instants, sold } = recordedStrangle({
    ...{ currency: 'ETH', dates: '20260515_20260626', expiries: ['2026-05-29', '2026-06-26'] },
  });
  expect(sold.map(({ name }) => name)).toEqual([
    ...['ETH-29MAY26-2400-C', 'ETH-29MAY26-2100-P'],
    ...['ETH-26JUN26-2200-C', 'ETH-26JUN26-1900-P'],
  ]);
  expect(instants.filter((at) => at.endsWith('T08:00:00.000Z'))).toEqual([
    '2026-05-29T08:00:00.000Z',
    '2026-06-26T08:00:00.000Z',
  ]);
  const naked: HedgeStrategy = {
    policy: {
      ...{ rule: { kind: 'interval', years: 0 }, rebalanceTo: 'target', innerFraction: 0, hedgeRatio: 0 },
      ...{ minInterval: 0, coolDown: 0, minTrade: 0, maxTrade: Infinity },
    },
    ...{ costs: NO_COSTS, deltaConvention: 'black_scholes', target: 0 },
  };
  const shard = replayHistory(openKernel(), history, { financing: false, settlement: 'cash' }, [naked]);
  const earned = sold.reduce((sum, { premium, payoff }) => sum + premium - payoff, 0);
  expect(strategyColumn(shard, 0, 'pnl').at(-1)).toBeCloseTo(earned, 9);
  // Of the rows of the file, by a script apart: coin marks × forwards at 15 May 06:38 and 29 May 07:00, the index at 29 May and 26 June 07:00.
  expect(earned).toBeCloseTo(33.95370624 + 32.16168 - 85.39 + 37.93626675 + 55.3117023 - 329.56, 6);
});
