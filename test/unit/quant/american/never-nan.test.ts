import { expect, it } from 'vitest';
import { americanGreeks, type AmericanInput, americanPrice } from '../../../../src/quant/pricing/american.ts';
import { seededUniform } from '../precise-black.ts';

function wildOption(uniform: () => number): AmericanInput {
  const rate = (): number => (uniform() < 0.1 ? 0 : 2 * uniform() ** 2 - 0.3 * uniform());
  return {
    spot: 100 * 10 ** (6 * (2 * uniform() - 1) * uniform() ** 3),
    strike: 100,
    time: 1e-10 * 1e12 ** uniform(),
    rate: rate(),
    dividendYield: rate(),
    vol: uniform() < 0.05 ? 0 : 1e-8 * 5e9 ** uniform(),
    sign: uniform() < 0.5 ? 1 : -1,
  };
}

it('wild inputs get finite numbers on which two tiers agree, or a refusal', () => {
  const uniform = seededUniform(20260305);
  let refused = 0;
  for (let i = 0; i < 1500; i++) {
    const option = wildOption(uniform);
    // Where money grows by e³ at a negative rate, errors are relative to that.
    if (Math.min(option.rate, option.dividendYield) * option.time < -3) continue;
    const greeks = americanGreeks(option, 'fast');
    const price = americanPrice(option, 'accurate');
    if (typeof greeks === 'string' || typeof price === 'string') {
      if (greeks !== 'double_boundary') refused++;
      continue;
    }
    for (const value of Object.values(greeks)) expect(Number.isFinite(value), JSON.stringify(option)).toBe(true);
    // Ten times the tolerance that `fast` keeps inside its own range.
    const error = Math.abs(greeks.price - price) / Math.max(option.spot, option.strike);
    expect(error, JSON.stringify(option)).toBeLessThan(1e-4);
  }
  expect(refused).toBeLessThan(10);
});
