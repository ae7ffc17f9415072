import { describe, expect, it } from 'vitest';
import { sviFromJumpWings, sviToJumpWings, type SviJumpWings } from '../../../../src/quant/surface/svi.ts';
import { VOGT } from './slices.ts';

const wings = sviToJumpWings(VOGT) as SviJumpWings;

describe('jump-wings parameters', () => {
  it("are the published ones for Vogt's slice", () => {
    expect(wings.v).toBeCloseTo(0.01742625, 8);
    expect(wings.psi).toBeCloseTo(-0.1752111, 7);
    expect(wings.p).toBeCloseTo(0.6997381, 7);
    expect(wings.c).toBeCloseTo(1.316798, 6);
    expect(wings.vTilde).toBeCloseTo(0.0116249, 7);
  });

  it('do without a singularity where the smile is symmetric about its m', () => {
    const flat = { time: 0.5, a: 0.01, b: 0.2, rho: 0.4, m: 0, sigma: 0.3 };
    const back = sviFromJumpWings(sviToJumpWings(flat) as SviJumpWings);
    expect(back).not.toBe('no_slice');
    for (const key of ['a', 'b', 'rho', 'm', 'sigma'] as const) {
      expect((back as typeof flat)[key]).toBeCloseTo(flat[key], 13);
    }
  });

  it.each([
    ['no ATM variance', { v: 0 }],
    ['no put wing', { p: 0 }],
    ['no call wing', { c: -0.1 }],
    ['a least variance above that at the money', { vTilde: 0.02 }],
    ['more skew than the wings have', { psi: 2 }],
    ['the least variance at the money, which leaves m and sigma open', { psi: 0, vTilde: wings.v }],
    ['no time', { time: 0 }],
    ['a missing number', { psi: NaN }],
  ])('are refused with %s', (_, change) => {
    expect(sviFromJumpWings({ ...wings, ...change })).toBe('no_slice');
  });
});

it('a slice without variance at the money has none', () => {
  expect(sviToJumpWings({ ...VOGT, a: -0.1 })).toBe('no_variance');
});
