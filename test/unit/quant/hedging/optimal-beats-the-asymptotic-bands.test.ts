import { expect, it } from 'vitest';
import {
  whalleyWilmottHalfWidth,
  zakamoulineHalfWidth,
  zakamoulineVarianceFactor,
} from '../../../../src/quant/hedging/bands.ts';
import { solveBand } from '../../../../src/quant/hedging/optimalBand.ts';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';
import { writeNormals } from '../../../../src/quant/kernel/randomPaths.ts';
import { blackGreeks } from '../../../../src/quant/pricing/black.ts';

// A call of a year, S = K = 100, σ = 25 %, no rates, 60 looks, sold or bought and held to expiry; every trade and the
// last sale at cost.
const STEPS = 60;
const PATHS = 5000;
const SPOT = 100;
const VOL = 0.25;
const DT = 1 / STEPS;
const normals = new Float64Array((STEPS * PATHS) / 2);
writeNormals({ seed: 2026, stream: 0 }, STEPS, normals, PATHS / 2, 0, PATHS / 2);

type Band = (step: number, spot: number, edges: Float64Array) => void;
interface Setting {
  readonly quantity: number;
  readonly costRate: number;
  readonly riskAversion: number;
}

/** −1/a·ln mean e^{−a·P&L} over the paths and their mirror images, to the nearest edge when outside of the band. */
function certaintyEquivalent(band: Band, { quantity, costRate, riskAversion }: Setting): number {
  const edges = new Float64Array(2);
  let sum = 0;
  for (let path = 0; path < PATHS; path++) {
    const mirror = path % 2 ? -1 : 1;
    let spot = SPOT;
    let hedge = 0;
    let wealth = 0;
    for (let step = 0; step < STEPS; step++) {
      band(step, spot, edges);
      const held = Math.min(Math.max(hedge, edges[0]!), edges[1]!);
      wealth -= costRate * spot * Math.abs(held - hedge);
      hedge = held;
      const normal = mirror * normals[step * (PATHS / 2) + (path >> 1)]!;
      const next = spot * Math.exp(VOL * Math.sqrt(DT) * normal - 0.5 * VOL * VOL * DT);
      wealth += hedge * (next - spot);
      spot = next;
    }
    wealth += quantity * Math.max(spot - SPOT, 0) - costRate * spot * Math.abs(hedge);
    sum += Math.exp(-riskAversion * wealth) / PATHS;
  }
  return -Math.log(sum) / riskAversion;
}

function greeks(step: number, spot: number, vol: number) {
  return blackGreeks({ spot, strike: SPOT, time: 1 - step * DT, rate: 0, carry: 0, vol, sign: 1 });
}

const marketAt = (step: number, spot: number, costRate: number) => ({
  costRate,
  spot,
  rate: 0,
  vol: VOL,
  years: 1 - step * DT,
});

function whalleyWilmott({ quantity, costRate, riskAversion }: Setting): Band {
  return (step, spot, edges) => {
    const { delta, gamma } = greeks(step, spot, VOL);
    const half = whalleyWilmottHalfWidth(marketAt(step, spot, costRate), gamma, riskAversion);
    edges[0] = -quantity * delta - half;
    edges[1] = -quantity * delta + half;
  };
}

function zakamouline({ quantity, costRate, riskAversion }: Setting): Band {
  return (step, spot, edges) => {
    const market = marketAt(step, spot, costRate);
    const gamma = quantity * greeks(step, spot, VOL).gamma;
    const { delta } = greeks(step, spot, VOL * Math.sqrt(zakamoulineVarianceFactor(market, gamma, riskAversion)));
    const half = zakamoulineHalfWidth(market, gamma, riskAversion);
    edges[0] = -quantity * delta - half;
    edges[1] = -quantity * delta + half;
  };
}

function optimal({ quantity, costRate, riskAversion }: Setting): Band {
  const [strikes, years, vols, signs] = [SPOT, 1, VOL, 1].map((value) => Float64Array.of(value)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const book = { count: 1, strikes, years, vols, quantities: Float64Array.of(quantity), signs };
  const market = { spot: SPOT, rate: 0, carry: 0, vol: VOL, costRate, riskAversion };
  const table = solveBand({ ...market, book, stepYears: DT, steps: STEPS, terminal: 'liquidate' });
  return (step, spot, edges) => bandEdges(table, step, spot, edges);
}

it.each([
  { quantity: -1, costRate: 0.01, riskAversion: 0.01 },
  { quantity: -1, costRate: 0.01, riskAversion: 0.1 },
  { quantity: -1, costRate: 0.01, riskAversion: 1 },
  { quantity: 1, costRate: 0.01, riskAversion: 0.01 },
  { quantity: 1, costRate: 0.01, riskAversion: 1 },
  { quantity: 1, costRate: 5e-4, riskAversion: 10 },
])(
  'a position of $quantity, λ = $costRate, a = $riskAversion: the larger certainty equivalent on the same paths',
  (setting) => {
    const best = certaintyEquivalent(optimal(setting), setting);
    expect(best).toBeGreaterThan(certaintyEquivalent(whalleyWilmott(setting), setting));
    expect(best).toBeGreaterThan(certaintyEquivalent(zakamouline(setting), setting));
  },
);
