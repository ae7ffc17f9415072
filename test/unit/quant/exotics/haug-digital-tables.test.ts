import { describe, expect, it } from 'vitest';
import { digitalGreeks, type DigitalType } from '../../../../src/quant/pricing/digital.ts';
import { haugOption, printed, referencePresent, referenceRows } from '../../../support/reference.ts';

const CASH: Record<string, number> = { cash_or_nothing: 10, cash_at_hit: 15, cash_at_expiry: 15 };

function price(digitalType: DigitalType, row: Record<string, string>, cash: number): number {
  const answer = digitalGreeks({ ...haugOption(row), digitalType, cash });
  return typeof answer === 'string' ? NaN : answer.price;
}

function typeOf(table: string, row: Record<string, string>): DigitalType {
  if (table.endsWith('or_nothing')) return table as DigitalType;
  return `${row.knockin === 'true' ? 'one' : 'no'}_touch_${table}` as DigitalType;
}

const TABLES = [
  'cash_or_nothing',
  'asset_or_nothing',
  'cash_at_hit',
  'asset_at_hit',
  'cash_at_expiry',
  'asset_at_expiry',
];

describe.runIf(referencePresent)("Haug's tables of binary options", () => {
  it.each(TABLES)('%s', (table) => {
    const rows = referenceRows(`haug_digital_${table}.csv`);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const value = printed(row.value!);
      // Printed to four decimals; the touched ones are exact, to the rounding of one exponential.
      const tolerance = Math.max(Number(row.tol), 1e-15 * value);
      expect(
        Math.abs(price(typeOf(table, row), row, CASH[table] ?? NaN) - value),
        JSON.stringify(row),
      ).toBeLessThanOrEqual(tolerance);
    }
  });

  it('a gap option is the asset less 57 in cash beyond the trigger', () => {
    const [row] = referenceRows('haug_digital_gap.csv');
    const value = price('asset_or_nothing', row!, 0) - price('cash_or_nothing', row!, 57);
    expect(Math.abs(value - Number(row!.value))).toBeLessThan(1e-4);
  });
});
