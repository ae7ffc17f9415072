import { expect, it } from 'vitest';
import { bandEdges } from '../../../../src/quant/hedging/optimalBandTable.ts';

const lower = [0, 0, 0.1, 0.5, 0.9, 1, 1];
const upper = lower.map((edge) => edge + 0.2);
const logSpots = Float64Array.from(lower, (_, i) => Math.log(100) + (i - 3) * 0.05);
const table = {
  steps: 2,
  logSpots,
  logDrift: 0.01,
  lower: Float64Array.from([...lower.map((edge) => edge / 2), ...lower]),
  upper: Float64Array.from([...upper.map((edge) => edge / 2), ...upper]),
};
const at = (step: number, logSpot: number): [number, number] => {
  const edges = new Float64Array(2);
  bandEdges(table, step, Math.exp(logSpot), edges);
  return [edges[0]!, edges[1]!];
};

it('are those of the nodes at the nodes, which drift from step to step', () => {
  logSpots.forEach((logSpot, i) => {
    expect(at(0, logSpot)[0]).toBeCloseTo(lower[i]! / 2, 12);
    expect(at(1, logSpot + 0.01)[1]).toBeCloseTo(upper[i]!, 12);
  });
});

it('rise where the nodes do, and stay between them', () => {
  let before = -Infinity;
  for (let n = 0; n <= 600; n++) {
    const [edge] = at(1, logSpots[0]! + 0.01 + n * 0.0005);
    expect(edge).toBeGreaterThanOrEqual(before - 1e-12);
    expect(edge >= 0 && edge <= 1).toBe(true);
    before = edge;
  }
});

it('are those of the last node beyond it', () => {
  expect(at(1, logSpots[0]! - 5)).toEqual([0, 0.2]);
  expect(at(1, logSpots[6]! + 5)).toEqual([1, 1.2]);
});

it('are written where they are asked for', () => {
  const edges = new Float64Array(4);
  bandEdges(table, 1, 100 * Math.exp(0.01), edges, 2);
  expect(Array.from(edges, (edge) => Number(edge.toFixed(9)))).toEqual([0, 0, 0.5, 0.7]);
});
