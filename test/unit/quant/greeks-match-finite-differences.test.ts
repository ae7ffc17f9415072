import { describe, expect, it } from 'vitest';
import { type AllGreeks, allBlackGreeks, type BlackInput } from '../../../src/quant/pricing/black.ts';
import { derivative } from '../../support/derivative.ts';

const base = { spot: 100, rate: 0.05, carry: 0.02 };
const cases: BlackInput[] = [];
for (const strike of [60, 95, 100, 130]) {
  for (const [time, vol] of [
    [0.02, 0.9],
    [0.5, 0.25],
    [2, 0.6],
  ] as const) {
    for (const sign of [1, -1]) cases.push({ ...base, strike, time, vol, sign });
  }
}
cases.push({ spot: 60_000, strike: 62_000, time: 0.1, rate: 0, carry: 0, vol: 0.65, sign: -1 });

type Bump = (input: BlackInput, shift: number) => BlackInput;
const spotBump: Bump = (o, shift) => ({ ...o, spot: o.spot * (1 + shift) });
const volBump: Bump = (o, shift) => ({ ...o, vol: o.vol + shift });
/** Calendar time passing shortens the life of the option. */
const timePassing: Bump = (o, shift) => ({ ...o, time: o.time - shift });
const strikeBump: Bump = (o, shift) => ({ ...o, strike: o.strike * (1 + shift) });
/** b = r − q with r held. */
const dividendBump: Bump = (o, shift) => ({ ...o, carry: o.carry - shift });
/** The forward moves with the rate: b = r − q with q held. */
const rateBump: Bump = (o, shift) => ({ ...o, rate: o.rate + shift, carry: o.carry + shift });

const table: {
  greek: keyof AllGreeks;
  of: keyof AllGreeks;
  bump: Bump;
  step: (o: BlackInput) => number;
  unit: (o: BlackInput) => number;
}[] = [
  { greek: 'delta', of: 'price', bump: spotBump, step: () => 1e-3, unit: (o) => o.spot },
  { greek: 'gamma', of: 'delta', bump: spotBump, step: () => 1e-3, unit: (o) => o.spot },
  { greek: 'vega', of: 'price', bump: volBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'theta', of: 'price', bump: timePassing, step: (o) => 0.01 * o.time, unit: () => 1 },
  { greek: 'rho', of: 'price', bump: rateBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'vanna', of: 'delta', bump: volBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'volga', of: 'vega', bump: volBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'charm', of: 'delta', bump: timePassing, step: (o) => 0.01 * o.time, unit: () => 1 },
  { greek: 'rhoDividend', of: 'price', bump: dividendBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'speed', of: 'gamma', bump: spotBump, step: () => 1e-3, unit: (o) => o.spot },
  { greek: 'zomma', of: 'gamma', bump: volBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'color', of: 'gamma', bump: timePassing, step: (o) => 0.01 * o.time, unit: () => 1 },
  { greek: 'veta', of: 'vega', bump: timePassing, step: (o) => 0.01 * o.time, unit: () => 1 },
  { greek: 'ultima', of: 'volga', bump: volBump, step: () => 1e-3, unit: () => 1 },
  { greek: 'dualDelta', of: 'price', bump: strikeBump, step: () => 1e-3, unit: (o) => o.strike },
  { greek: 'dualGamma', of: 'dualDelta', bump: strikeBump, step: () => 1e-3, unit: (o) => o.strike },
];

describe('each Greek is the derivative it claims to be', () => {
  it.each(table)('$greek is the derivative of $of', ({ greek, of, bump, step, unit }) => {
    for (const option of cases) {
      const numeric = derivative((shift) => allBlackGreeks(bump(option, shift))[of], step(option)) / unit(option);
      const analytic = allBlackGreeks(option)[greek];
      const scale = Math.max(
        Math.abs(analytic),
        1e-3 * Math.abs(allBlackGreeks({ ...option, strike: option.spot })[greek]),
      );
      expect(Math.abs(numeric - analytic) / scale, JSON.stringify(option)).toBeLessThan(1e-6);
    }
  });

  it('vanna is also the derivative of vega in the spot', () => {
    for (const option of cases) {
      const numeric = derivative((shift) => allBlackGreeks(spotBump(option, shift)).vega, 1e-3) / option.spot;
      expect(numeric).toBeCloseTo(allBlackGreeks(option).vanna, 5);
    }
  });
});
