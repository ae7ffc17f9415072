import { describe, expect, it } from 'vitest';
import { butterflyViolations, isButterflyFree, repairButterfly } from '../../../../src/quant/surface/butterfly.ts';
import {
  sviDurrleman,
  sviSliceProblems,
  sviToJumpWings,
  sviTotalVariance,
  type SviSlice,
} from '../../../../src/quant/surface/svi.ts';
import { VOGT } from './slices.ts';

describe("Vogt's slice", () => {
  // mpmath, 40 digits; at −1.5, 0 and 0.9 the published figures agree.
  it.each([
    [-1.5, 0.24783069525837312],
    [0, 1.0386497312817975],
    [0.6, 0.014689417148516266],
    [0.7, -0.015125919628002506],
    [0.9, -0.0326851307090229],
  ])('has its g at %f', (k, g) => {
    expect(sviDurrleman(VOGT, k)).toBeCloseTo(g, 12);
  });

  it('allows butterfly arbitrage on one interval, to the last digits', () => {
    const found = butterflyViolations(VOGT);
    expect(found).toHaveLength(1);
    expect(found[0]!.from).toBeCloseTo(0.6424078778693807, 14);
    expect(found[0]!.to).toBeCloseTo(1.2569129919321274, 14);
    expect(found[0]!.worst).toBeCloseTo(0.879, 3);
    expect(found[0]!.value).toBeCloseTo(-0.0328635, 6);
  });

  it('is repaired at the least cost of its call wing', () => {
    const repaired = repairButterfly(VOGT) as SviSlice;
    expect(sviSliceProblems(repaired)).toEqual([]);
    expect(butterflyViolations(repaired)).toEqual([]);
    const [before, after] = [sviToJumpWings(VOGT), sviToJumpWings(repaired)] as Exclude<
      ReturnType<typeof sviToJumpWings>,
      string
    >[];
    for (const kept of ['v', 'psi', 'p', 'vTilde'] as const) expect(after![kept]).toBeCloseTo(before![kept], 12);
    // Gatheral-Jacquier's own choice, 0.8564763, leaves g >= 0.0081; the least change stops at 0.
    expect(after!.c).toBeGreaterThan(0.8564763);
    expect(after!.c).toBeLessThan(before!.c);
    for (let k = -3; k <= 3; k += 0.001) expect(sviDurrleman(repaired, k)).toBeGreaterThan(-1e-11);
  });
});

describe("Gatheral-Jacquier's published repair", () => {
  const published: SviSlice = { time: 1, a: -0.03052, b: 0.102717, rho: 0.100718, m: 0.272344, sigma: 0.412398 };

  it('is free of butterfly arbitrage, with their least g', () => {
    expect(isButterflyFree(published)).toBe(true);
    let least = Infinity;
    for (let k = -1.5; k <= 1.5; k += 0.001) least = Math.min(least, sviDurrleman(published, k));
    expect(least).toBeCloseTo(0.0081, 4); // the parameters are printed to six digits
  });

  it('is left as it is', () => {
    expect(repairButterfly(published)).toBe(published);
  });
});

describe('a slice that cannot be repaired so', () => {
  it('is refused where it has no variance at the money', () => {
    expect(repairButterfly({ ...VOGT, a: -0.1 })).toBe('no_repair');
  });

  it('is refused where its skew leaves no call wing', () => {
    const steep: SviSlice = { time: 1, a: 0.001, b: 1.9, rho: -0.95, m: 0.4, sigma: 0.01 };
    expect(sviTotalVariance(steep, 0)).toBeGreaterThan(0);
    const repaired = repairButterfly(steep);
    expect(repaired === 'no_repair' || isButterflyFree(repaired)).toBe(true);
  });
});

it("wings past Lee's bound are flagged to infinity", () => {
  const found = butterflyViolations({ time: 1, a: 0.04, b: 1.5, rho: 0.5, m: 0, sigma: 0.2 });
  expect(found.at(-1)!.to).toBe(Infinity);
  expect(found[0]!.from).toBeGreaterThan(-Infinity);
});
