import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { almgrenChriss } from '../../../../src/quant/routing/almgrenChriss.ts';
import { reschedule, schedule, type ScheduleRequest } from '../../../../src/quant/routing/schedule.ts';

const HOUR = 3_600_000;
const twap: ScheduleRequest = { quantity: 1_000n, horizonMs: HOUR, slices: 6, shape: { type: 'twap' } };
const urgent: ScheduleRequest = { ...twap, shape: { type: 'almgren_chriss', halfLifeMs: HOUR / 4 } };
const sum = (slices: readonly { quantity: bigint }[]) => slices.reduce((total, { quantity }) => total + quantity, 0n);

const requests = fc
  .record({
    quantity: fc.bigInt({ min: 1n, max: 10n ** 24n }),
    horizonMs: fc.integer({ min: 1, max: 30 * 24 * HOUR }),
    slices: fc.integer({ min: 1, max: 60 }),
    halfLife: fc.option(fc.integer({ min: 1, max: 10 * HOUR }), { nil: undefined }),
    jitter: fc.option(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), seed: fc.integer() }), {
      nil: undefined,
    }),
    rate: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
  })
  .map(({ halfLife, rate, jitter, ...rest }): ScheduleRequest => ({
    ...rest,
    shape: halfLife === undefined ? { type: 'twap' } : { type: 'almgren_chriss', halfLifeMs: halfLife },
    ...(jitter ? { jitter } : {}),
    ...(rate === undefined
      ? {}
      : { participation: { rate, volumes: Array.from({ length: rest.slices }, (_, j) => (j % 4) * 1e22) } }),
  }));

describe('a schedule', () => {
  it('evenly in time, to the last unit', () => {
    const { slices, unscheduled } = schedule(twap);
    expect(slices.map(({ quantity }) => Number(quantity))).toEqual([167, 166, 167, 167, 166, 167]);
    expect(slices.map(({ offsetMs }) => offsetMs)).toEqual([0, 1, 2, 3, 4, 5].map((j) => (j * HOUR) / 6));
    expect(unscheduled).toBe(0n);
  });

  it('follows the trajectory of Almgren and Chriss', () => {
    const impact = { volatility: 0.95, permanent: 2.5e-7, temporary: 2.5e-6, fixed: 0.0625, riskAversion: 1e-6 };
    const { trades, kappa } = almgrenChriss(1e6, 5, 1, impact);
    const shape = { type: 'almgren_chriss', halfLifeMs: HOUR / kappa } as const;
    const { slices } = schedule({ quantity: 1_000_000n, horizonMs: 5 * HOUR, slices: 5, shape });
    slices.forEach(({ quantity }, j) => expect(Math.abs(Number(quantity) - trades[j]!)).toBeLessThanOrEqual(1));
  });

  it('always adds up, in order, inside the horizon', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { slices, unscheduled } = schedule(request);
        expect(sum(slices) + unscheduled).toBe(request.quantity);
        if (!request.participation) expect(unscheduled).toBe(0n);
        expect(unscheduled).toBeGreaterThanOrEqual(0n);
        slices.forEach(({ offsetMs, quantity }, j) => {
          expect(quantity).toBeGreaterThan(0n);
          expect(offsetMs).toBeGreaterThanOrEqual(j === 0 ? 0 : slices[j - 1]!.offsetMs);
          expect(offsetMs).toBeLessThanOrEqual(request.horizonMs);
        });
      }),
    );
  });

  it('takes no more than its share of the volume, and makes up for it later', () => {
    const volumes = [1_000, 100, 5_000, 5_000, 5_000, 1_000];
    const { slices, unscheduled } = schedule({ ...twap, participation: { rate: 0.1, volumes } });
    expect(slices.map(({ quantity }) => Number(quantity))).toEqual([100, 10, 390, 167, 166, 100]);
    expect(unscheduled).toBe(67n);
  });

  it('is moved by the seed alone, each slice within its time', () => {
    const jittered = (seed: number) => schedule({ ...twap, jitter: { share: 0.5, seed } }).slices;
    expect(jittered(7)).toEqual(jittered(7));
    expect(jittered(7)).not.toEqual(jittered(8));
    jittered(7).forEach(({ offsetMs }, j) => {
      expect(offsetMs).toBeGreaterThanOrEqual((j * HOUR) / 6);
      expect(offsetMs).toBeLessThan(((j + 0.5) * HOUR) / 6);
    });
  });

  it.each([twap, urgent])('goes on as planned when all was filled: $shape.type', (request) => {
    const { slices } = schedule(request);
    const rest = reschedule(request, 1_000n - sum(slices.slice(0, 2)), HOUR / 3);
    rest.slices.forEach(({ offsetMs, quantity }, j) => {
      expect(offsetMs).toBe(slices[j + 2]!.offsetMs);
      expect(Math.abs(Number(quantity - slices[j + 2]!.quantity))).toBeLessThanOrEqual(1);
    });
  });

  it('spreads what was not filled over what is left of the time', () => {
    const { slices } = reschedule(twap, 900n, HOUR / 2);
    expect(slices.map(({ quantity }) => Number(quantity))).toEqual([300, 300, 300]);
    expect(slices[0]!.offsetMs).toBe(HOUR / 2);
    expect(() => reschedule(twap, 900n, HOUR)).toThrow(RangeError);
  });

  it.each<[string, Partial<ScheduleRequest>]>([
    ['no quantity', { quantity: 0n }],
    ['no time', { horizonMs: 0 }],
    ['no slices', { slices: 0 }],
    ['part of a slice', { slices: 1.5 }],
    ['no half-life', { shape: { type: 'almgren_chriss', halfLifeMs: 0 } }],
    ['more than all of the volume', { participation: { rate: 1.1, volumes: [1, 1, 1, 1, 1, 1] } }],
    ['volumes of other slices', { participation: { rate: 0.1, volumes: [1] } }],
    ['jitter beyond the slice', { jitter: { share: 1.1, seed: 1 } }],
  ])('refuses %s', (_name, change) => {
    expect(() => schedule({ ...twap, ...change })).toThrow(RangeError);
  });
});
