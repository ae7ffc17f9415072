import { describe, expect, it } from 'vitest';
import { blackGreeks } from '../../../src/quant/pricing/black.ts';
import { referencePresent, referenceRows } from '../../support/reference.ts';

function priced(row: Record<string, string>) {
  const [spot, strike, time, rate, vol] = ['spot', 'strike', 't', 'r', 'vol'].map((name) => Number(row[name])) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const greeks = blackGreeks({
    spot,
    strike,
    time,
    rate,
    carry: rate - Number(row.q),
    vol,
    sign: row.type === 'Call' ? 1 : -1,
  });
  // Haug's other two figures follow from the nine: Ω = ΔS/V, and ∂V/∂q = −TSΔ at r held.
  return {
    ...greeks,
    theta_per_year: greeks.theta,
    theta_per_day: greeks.theta / 365,
    elasticity: (greeks.delta * spot) / greeks.price,
    dividend_rho: -time * spot * greeks.delta,
  };
}

describe.runIf(referencePresent)("Haug's printed tables of European options", () => {
  const values = referencePresent ? referenceRows('haug_european_values.csv') : [];
  const greeks = referencePresent ? referenceRows('haug_european_greeks.csv') : [];

  it('gives every printed value to the printed digits', () => {
    expect(values.length).toBe(43);
    for (const row of values)
      expect(Math.abs(priced(row).price - Number(row.value)), JSON.stringify(row)).toBeLessThan(1e-4);
  });

  it('gives every printed Greek to the printed digits', () => {
    expect(greeks.length).toBe(11);
    for (const row of greeks) {
      const got = priced(row)[row.greek as keyof ReturnType<typeof priced>];
      expect(Math.abs(got - Number(row.value)), JSON.stringify(row)).toBeLessThan(1e-4);
    }
  });
});
