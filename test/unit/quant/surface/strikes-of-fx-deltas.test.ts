import { describe, expect, it } from 'vitest';
import { deltaMoneyness } from '../../../../src/quant/surface/smile.ts';
import { referencePresent, referenceRows } from '../../../support/reference.ts';

// Castagna, FX Options and Smile Risk (2009), by way of QuantLib's tests: strikes of deltas in four conventions, printed to 4 to 6 digits.
describe.runIf(referencePresent)('strikes of deltas at one volatility', () => {
  const rows = referencePresent ? referenceRows('fx_delta_strikes.csv') : [];

  it.each(rows)('$type $delta_type $delta', (row) => {
    const [spot, domestic, foreign, deviation] = [row.spot, row.discount_domestic, row.discount_foreign, row.stdev].map(
      Number,
    ) as [number, number, number, number];
    const forward = (spot * foreign) / domestic;
    const flat = { variance: () => deviation * deviation, slope: () => 0, curvature: () => 0 };
    const ofSpot = row.delta_type!.endsWith('Spot');
    const delta = Math.abs(Number(row.delta)) / (ofSpot ? foreign : 1);
    const convention = row.delta_type!.startsWith('Pa') ? 'premium_adjusted' : 'forward';
    const k = deltaMoneyness(flat, delta, row.type === 'Call' ? 1 : -1, convention);
    expect(Math.abs(forward * Math.exp(k!) - Number(row.strike))).toBeLessThan(1.5e-4 * Number(row.strike));
  });
});
