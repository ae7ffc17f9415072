import type { AmericanInput } from '../../../../src/quant/pricing/american.ts';
import { seededUniform } from '../precise-black.ts';

/** Options with one exercise boundary: S/K ½ … 2, T a day … ten years, vol 2 % … 200 %, r and q −5 % … 20 %. */
export function singleBoundaryDraws(count: number, seed: number): AmericanInput[] {
  const uniform = seededUniform(seed);
  const draws: AmericanInput[] = [];
  while (draws.length < count) {
    const sign = uniform() < 0.5 ? 1 : -1;
    const rate = 0.25 * uniform() - 0.05;
    const dividendYield = 0.25 * uniform() - 0.05;
    const spot = 50 * 4 ** uniform();
    const time = (1 / 365) * 3650 ** uniform();
    const vol = 0.02 * 100 ** uniform();
    if ((sign > 0 ? dividendYield : rate) <= 0) continue;
    draws.push({ spot, strike: 100, time, rate, dividendYield, vol, sign });
  }
  return draws;
}
