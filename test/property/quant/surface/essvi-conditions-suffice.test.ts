import fc from 'fast-check';
import { expect, it } from 'vitest';
import { butterflyViolations } from '../../../../src/quant/surface/butterfly.ts';
import { calendarViolations } from '../../../../src/quant/surface/calendar.ts';
import {
  essviButterflyFree,
  essviCalendarFree,
  essviToRaw,
  fitEssvi,
  powerLawPhi,
} from '../../../../src/quant/surface/ssvi.ts';
import { between, essviSlices, rawSlices } from './slices.ts';
import { sviTotalVariance } from '../../../../src/quant/surface/svi.ts';

it('for no butterfly arbitrage', () => {
  fc.assert(
    fc.property(essviSlices, (slice) => {
      expect(essviButterflyFree(slice)).toBe(true);
      expect(butterflyViolations(essviToRaw(slice))).toEqual([]);
    }),
  );
});

it('for no calendar arbitrage', () => {
  const pairs = fc
    .tuple(essviSlices, between(0, 1), between(-1, 1), between(0, 1))
    .map(([earlier, growth, turn, slack]) => {
      const psi = earlier.psi * (1 + growth);
      const rho = (earlier.rho * earlier.psi + turn * (psi - earlier.psi)) / psi;
      return [earlier, { time: 2, theta: earlier.theta * (1 + growth) * (1 + slack), rho, psi }] as const;
    });
  fc.assert(
    fc.property(pairs, ([earlier, later]) => {
      fc.pre(essviCalendarFree(earlier, later));
      expect(calendarViolations(essviToRaw(earlier), essviToRaw(later))).toEqual([]);
    }),
  );
});

it('only together: with a rising φ the smiles cross, though θ, ψ and ρψ are as they should', () => {
  const earlier = { time: 1, theta: 0.04, rho: 0, psi: 0.2 };
  const later = { time: 2, theta: 0.04, rho: -0.5, psi: 0.4 };
  expect(Math.abs(later.rho * later.psi)).toBeLessThanOrEqual(later.psi - earlier.psi);
  expect(essviCalendarFree(earlier, later)).toBe(false);
  expect(calendarViolations(essviToRaw(earlier), essviToRaw(later))).toHaveLength(1);
});

it('for a power law of η(1 + |ρ|) <= 2', () => {
  fc.assert(
    fc.property(
      between(1e-3, 2),
      between(-0.9, 0.9),
      between(0.05, 1),
      between(0.05, 0.5),
      (theta, rho, part, gamma) => {
        const eta = (part * 2) / (1 + Math.abs(rho));
        const slice = { time: 1, theta, rho, psi: theta * powerLawPhi(theta, eta, gamma) };
        expect(butterflyViolations(essviToRaw(slice))).toEqual([]);
      },
    ),
  );
});

it('a fitted eSSVI surface meets them, whatever it is fitted to', () => {
  const k = Float64Array.from({ length: 9 }, (_, i) => (i - 4) * 0.1);
  fc.assert(
    fc.property(fc.array(rawSlices, { minLength: 2, maxLength: 4 }), (given) => {
      const slices = fitEssvi(
        given.map((slice, i) => ({
          time: i + 1,
          points: { k, w: k.map((x) => sviTotalVariance(slice, x)), weight: k.map(() => 1) },
        })),
      );
      slices.forEach((slice, i) => {
        expect(butterflyViolations(essviToRaw(slice))).toEqual([]);
        if (i > 0) expect(calendarViolations(essviToRaw(slices[i - 1]!), essviToRaw(slice))).toEqual([]);
      });
    }),
    { numRuns: 30 },
  );
});
