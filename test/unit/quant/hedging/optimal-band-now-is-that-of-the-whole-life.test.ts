import { describe, expect, it } from 'vitest';
import { solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { solveBandNow } from '../../../../src/quant/hedging/optimalBandNow.ts';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';
import { openKernel } from '../../../../src/quant/kernel/kernel.ts';

const market = { spot: 100, rate: 0.05, carry: 0, vol: 0.25 };
const one = (strike: number, years: number, quantity: number) => ({
  count: 1,
  strikes: Float64Array.of(strike),
  years: Float64Array.of(years),
  vols: Float64Array.of(0.25),
  quantities: Float64Array.of(quantity),
  signs: Float64Array.of(1),
});

describe('a horizon of two mixing times, with what hedging loses after it, against every step until expiry', () => {
  const STEPS = 400;

  it.each([
    { costRate: 0.01, riskAversion: 1, years: 1, strike: 100, quantity: -1 },
    { costRate: 5e-4, riskAversion: 1, years: 0.25, strike: 115, quantity: -1 },
    { costRate: 5e-4, riskAversion: 10, years: 1 / 365, strike: 101, quantity: -1 },
  ])('λ = $costRate, a = $riskAversion, $years years, strike $strike, quantity $quantity', (given) => {
    const { costRate, riskAversion, years, strike, quantity } = given;
    const hedged = { ...market, book: one(strike, years, quantity), costRate, riskAversion };
    const now = solveBandNow({ ...hedged, lookYears: years / STEPS });
    const table = solveBand({ ...hedged, stepYears: years / STEPS, steps: STEPS, terminal: 'liquidate' });
    const edges = new Float64Array(2);
    bandEdges(table, 0, market.spot, edges);
    const half = 0.5 * (edges[1]! - edges[0]!);
    expect(Math.abs(now.lower - edges[0]!)).toBeLessThan(0.1 * half);
    expect(Math.abs(now.upper - edges[1]!)).toBeLessThan(0.1 * half);
  });
});

it('watched more often the band is wider, up to that of one that is always watched', () => {
  const hedged = { ...market, book: one(100, 0.5, -1), costRate: 5e-4, riskAversion: 0.1 };
  const halves = [1 / 50, 1 / 365, 1 / 8760, 1e-6, 0].map((lookYears) => {
    const { lower, upper } = solveBandNow({ ...hedged, lookYears });
    return 0.5 * (upper - lower);
  });
  for (let n = 1; n < halves.length; n++) expect(halves[n]!).toBeGreaterThan(halves[n - 1]!);
  expect(halves[4]! / halves[3]!).toBeLessThan(1.01);
});

describe('a book of 300 options', () => {
  const column = (at: (i: number) => number) => Float64Array.from({ length: 300 }, (_, i) => at(i));
  const book = {
    count: 300,
    strikes: column((i) => 70 + ((i * 37) % 60)),
    years: column((i) => 0.02 + ((i * 53) % 100) / 100),
    vols: column((i) => 0.5 + ((i * 7) % 10) / 50),
    quantities: column((i) => (((i * 29) % 21) - 11) / 10),
    signs: column((i) => (i % 2 ? 1 : -1)),
  };
  const hedged = { ...market, vol: 0.6, costRate: 5e-4, riskAversion: 0.01, lookYears: 1 / 8760 };

  it('has the band that valuing each option at each step gives', () => {
    const now = solveBandNow({ ...hedged, book });
    const live = solveBand({ ...hedged, book, stepYears: 1 / 8760, steps: 64, terminal: 'recentre' });
    const edges = new Float64Array(2);
    bandEdges(live, 0, 100, edges);
    const half = 0.5 * (edges[1]! - edges[0]!);
    expect(Math.abs(now.upper - now.lower - 2 * half)).toBeLessThan(0.1 * half);
    expect(Math.abs(now.aim - 0.5 * (edges[0]! + edges[1]!))).toBeLessThan(0.25 * half);
  });

  it('is the same by the kernel', () => {
    const kernel = openKernel();
    const scalar = solveBandNow({ ...hedged, book });
    const vector = solveBandNow({ ...hedged, book }, kernel.europeans);
    expect(vector.lower).toBeCloseTo(scalar.lower, 9);
    expect(vector.upper).toBeCloseTo(scalar.upper, 9);
  });
});

it('what has expired is not hedged, and a look back is refused', () => {
  const hedged = { ...market, costRate: 5e-4, riskAversion: 0.1, lookYears: 0 };
  expect(solveBandNow({ ...hedged, book: one(100, 0, -1) })).toEqual({ lower: 0, upper: 0, aim: 0 });
  expect(() => solveBandNow({ ...hedged, book: one(100, 1, -1), lookYears: -1 })).toThrow('lookYears');
  expect(() => solveBandNow({ ...hedged, book: one(100, 1, -1), riskAversion: NaN })).toThrow('riskAversion');
});
