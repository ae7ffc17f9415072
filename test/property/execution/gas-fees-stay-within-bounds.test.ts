import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bumpedFees, suggestedFees } from '../../../src/execution/chains/fees.ts';

const wei = fc.bigInt({ min: 0n, max: 10n ** 13n });
const history = fc.record({
  baseFees: fc.array(wei, { minLength: 1, maxLength: 6 }),
  tips: fc.array(wei, { maxLength: 5 }),
});

describe('fees of a transaction', () => {
  it('never exceed the cap, pay a tip, and are enough for the next block', () => {
    fc.assert(
      fc.property(history, wei, (seen, cap) => {
        const fees = suggestedFees(seen, cap);
        const base = seen.baseFees.at(-1)!;
        if (!fees) {
          expect(base + 1_000_000n > cap).toBe(true);
          return;
        }
        expect(fees.maxFeePerGas <= cap && fees.maxPriorityFeePerGas <= fees.maxFeePerGas).toBe(true);
        expect(fees.maxFeePerGas >= base + 1_000_000n && fees.maxPriorityFeePerGas > 0n).toBe(true);
      }),
    );
  });

  it('are raised by an eighth at least, both of them, or not at all', () => {
    const fees = fc.record({ maxFeePerGas: wei, maxPriorityFeePerGas: wei });
    fc.assert(
      fc.property(fees, fc.option(history, { nil: undefined }), wei, (last, seen, cap) => {
        const bumped = bumpedFees(last, seen && suggestedFees(seen, cap), cap);
        if (!bumped) return;
        expect(bumped.maxFeePerGas * 8n >= last.maxFeePerGas * 9n).toBe(true);
        expect(bumped.maxPriorityFeePerGas * 8n >= last.maxPriorityFeePerGas * 9n).toBe(true);
        expect(bumped.maxFeePerGas <= cap && bumped.maxPriorityFeePerGas <= bumped.maxFeePerGas).toBe(true);
      }),
    );
  });
});
