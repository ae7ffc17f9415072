import { expect, it } from 'vitest';
import { strategyColumn } from '../../../../src/quant/simulation/hedgeSetup.ts';
import { simulateHedges } from '../../../../src/quant/simulation/hedgeSimulation.ts';
import { windowCount, windowFeed } from '../../../../src/quant/simulation/pathFeed.ts';
import { PATH_BLOCK } from '../../../../src/quant/simulation/pathNormals.ts';
import { ALWAYS, kernel, strategyOf, termsOf } from './setups.ts';

const LENGTH = 2 * PATH_BLOCK;
const spots = Float64Array.from({ length: LENGTH }, (_, i) => 50 + 10 * Math.sin(i / 7) + 0.01 * i);
const vols = Float64Array.from({ length: LENGTH }, (_, i) => 0.4 + 0.1 * Math.cos(i / 11));

function profits(series: { spots: ArrayLike<number>; vols: ArrayLike<number> | number }, to: number): Float64Array {
  const shard = simulateHedges(
    kernel,
    termsOf(5, 0.1),
    windowFeed(series, 100, 1),
    [strategyOf(ALWAYS, {}, { feeBps: 5 })],
    [],
    0,
    to,
  );
  return strategyColumn(shard, 0, 'pnl');
}

it('each window is the path that its part of the series is, scaled to the same start', () => {
  const count = windowCount(LENGTH, 5, 1);
  expect(count).toBe(LENGTH - 5);
  const all = profits({ spots, vols }, count);
  for (const start of [0, 1, PATH_BLOCK - 1, PATH_BLOCK, count - 1]) {
    const part = { spots: spots.slice(start, start + 6), vols: vols.slice(start, start + 6) };
    expect(profits(part, 1)[0]).toBe(all[start]);
  }
});

it('starts every so many elements, as long as a whole window is left', () => {
  expect([windowCount(11, 5, 5), windowCount(10, 5, 5), windowCount(6, 5, 5), windowCount(5, 5, 5)]).toEqual([
    2, 1, 1, 0,
  ]);
  const spot = new Float64Array(2);
  const vol = new Float64Array(2);
  const feed = windowFeed({ spots: [1, 2, 3, 4, 6, 8, 10, 5], vols: 0.3 }, 100, 4);
  feed.load(0, 2);
  feed.read(2, spot, vol, 2);
  expect([...spot]).toEqual([300, 100 * (10 / 6)]);
  expect([...vol]).toEqual([0.3, 0.3]);
});
