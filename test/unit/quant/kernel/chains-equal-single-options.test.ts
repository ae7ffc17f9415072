import { expect, it } from 'vitest';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';
import { blackGreeks, OUTPUT_COLUMNS } from '../../../../src/quant/pricing/black.ts';

const strikesOf = (count: number) =>
  Float64Array.from({ length: count }, (_, i) => (i === 3 ? 0 : 40 + (150 * i) / count));
const volsOf = (count: number) =>
  Float64Array.from({ length: count }, (_, i) => (i === 5 ? 0 : 0.3 + 0.5 * Math.sin(i) ** 2));

it.each([
  ['simd', 1],
  ['simd', 9],
  ['simd', 333],
  ['scalar', 40],
] as const)('the %s form, calls and puts at %i strikes', (form, count) => {
  const kernel = openKernel({ form });
  const terms = { spot: 97, time: 0.11, rate: 0.04, carry: 0.01 };
  const strikes = strikesOf(count);
  const vols = volsOf(count);
  const calls = new Float64Array(OUTPUT_COLUMNS.length * count);
  const puts = new Float64Array(OUTPUT_COLUMNS.length * count);
  kernel.chain(terms, strikes, vols, calls, puts);
  for (let i = 0; i < count; i++) {
    for (const [sign, got] of [
      [1, calls],
      [-1, puts],
    ] as const) {
      const want = blackGreeks({ ...terms, strike: strikes[i]!, vol: vols[i]!, sign });
      OUTPUT_COLUMNS.forEach((name, c) => expect(got[c * count + i]! + 0, `${name} ${i}`).toBe(want[name] + 0));
    }
  }
});
