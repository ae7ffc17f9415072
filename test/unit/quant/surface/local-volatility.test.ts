import { describe, expect, it } from 'vitest';
import { localVolSurface } from '../../../../src/quant/surface/localVol.ts';

const svi = (time: number, a: number, b: number, rho: number, m: number, sigma: number) => ({
  time,
  parameters: { kind: 'svi', a, b, rho, m, sigma } as const,
});
const expiries = [svi(0.25, 0.02, 0.08, -0.4, 0.01, 0.2), svi(1, 0.06, 0.16, -0.4, 0.03, 0.35)];
const local = localVolSurface({ expiries });

const REFERENCE = [
  [-0.5, 0.6, 0.55381440867918363],
  [0.0, 0.6, 0.30129217246403841],
  [0.3, 0.6, 0.32592467786596132],
  [-0.2, 0.1, 0.54105219203575159],
  [0.15, 0.1, 0.377289403852734],
] as const;

describe('local volatility', () => {
  it('of a smile without slope is the forward volatility', () => {
    const flat = localVolSurface({ expiries: [svi(1, 0.09, 0, 0, 0, 0.1), svi(2, 0.25, 0, 0, 0, 0.1)] });
    expect(flat(0.2, 0.5)).toBeCloseTo(0.3, 14);
    expect(flat(-0.3, 1.5)).toBeCloseTo(0.4, 14);
    expect(flat(0, 5)).toBeCloseTo(Math.sqrt(0.125), 14);
    expect(flat(0, 0)).toBeCloseTo(0.3, 14);
  });

  it('is Dupire, by finite differences of call prices of the forward measure', () => {
    // mpmath, 40 digits: 2·∂C/∂T / (K²·∂²C/∂K²) of undiscounted Black calls, F = 1, with w linear in time between the expiries.
    for (const [k, time, vol] of REFERENCE) expect(local(k, time)).toBeCloseTo(vol, 10);
  });

  it('at time 0 is the limit', () => {
    for (const k of [-0.3, 0, 0.2]) expect(local(k, 0)).toBeCloseTo(local(k, 1e-9) as number, 6);
  });

  it.each([
    [NaN, 1],
    [0, -1],
    [Infinity, 1],
    [0, Infinity],
  ])('is refused at (%f, %f)', (k, time) => {
    expect(local(k, time)).toBe('invalid');
  });

  it('is refused where there is arbitrage', () => {
    const crossing = localVolSurface({ expiries: [svi(1, 0.09, 0, 0, 0, 0.1), svi(2, 0.08, 0, 0, 0, 0.1)] });
    expect(crossing(0, 1.5)).toBe('calendar');
    const vogt = localVolSurface({ expiries: [svi(1, -0.041, 0.1331, 0.306, 0.3586, 0.4153)] });
    expect(vogt(0.9, 1)).toBe('butterfly');
    expect(localVolSurface({ expiries: [] })(0, 1)).toBe('invalid');
  });
});
