import { describe, expect, it } from 'vitest';
import { barrierGreeks, type BarrierType } from '../../../../src/quant/pricing/barrier.ts';
import { haugOption, referencePresent, referenceRows } from '../../../support/reference.ts';

const TYPES: Record<string, BarrierType> = { DownIn: 'down_in', DownOut: 'down_out', UpIn: 'up_in', UpOut: 'up_out' };

describe.runIf(referencePresent)("Haug's table of barrier options", () => {
  const rows = (referencePresent ? referenceRows('haug_barrier_values.csv') : []).filter(
    ({ exercise }) => exercise === 'european',
  );

  it('has the 72 European rows', () => expect(rows).toHaveLength(72));

  // Printed to four decimals.
  it.each(rows)('$barrier_type $type strike $strike barrier $barrier vol $vol', (row) => {
    const answer = barrierGreeks({
      ...haugOption(row),
      barrierType: TYPES[row.barrier_type!]!,
      barrier: Number(row.barrier),
      rebate: Number(row.rebate),
      monitoringInterval: 0,
    });
    expect(typeof answer === 'string' ? NaN : Math.abs(answer.price - Number(row.value))).toBeLessThan(1e-4);
  });
});
