import { describe, expect, it } from 'vitest';
import { PolicySchema } from '../../../src/hedging/policyModel.ts';

type Rule = { kind: string; of?: Rule[] };

/** Where it is faulty, as JSON pointers. */
const faults = (policy: object) =>
  (PolicySchema.safeParse(policy).error?.issues ?? []).map(({ path }) =>
    path.map((part) => `/${String(part)}`).join(''),
  );

const stop: Rule = { kind: 'stop_loss' };
const nested = (depth: number): Rule => (depth === 0 ? stop : { kind: 'not', of: [nested(depth - 1)] });

describe('rules within rules', () => {
  it('are nested six deep at most', () => {
    expect(faults(nested(6))).toEqual([]);
    expect(faults(nested(7))).toEqual(['/of/0'.repeat(7)]);
  });

  it('are thirty altogether at most', () => {
    const groups = (sizes: number[]): Rule => ({
      kind: 'any_of',
      of: sizes.map((size) => ({ kind: 'all_of', of: Array.from({ length: size }, () => stop) })),
    });
    expect(faults(groups([13, 14]))).toEqual([]);
    expect(faults(groups([14, 14]))).toEqual(['']);
  });

  it('are faulty at their own place', () => {
    const policy = { kind: 'all_of', of: [stop, { kind: 'not', of: [{ kind: 'optimal' }] }] };
    expect(faults(policy)).toEqual(['/of/1/of/0/riskAversion']);
  });
});

describe('each kind takes its own numbers and no others', () => {
  it.each<[object, string[]]>([
    [{ kind: 'interval', everySeconds: 1, everySteps: 1 }, ['']],
    [{ kind: 'interval', everySeconds: 0 }, ['/everySeconds']],
    [{ kind: 'interval', everySteps: 1.5 }, ['/everySteps']],
    [{ kind: 'interval', everySeconds: 1, riskAversion: 1 }, ['/riskAversion']],
    [{ kind: 'delta_tolerance', tolerance: 1, toleranceAbove: 1 }, ['']],
    [{ kind: 'delta_tolerance', toleranceAbove: 1 }, ['']],
    [{ kind: 'delta_tolerance', tolerance: Infinity }, ['/tolerance']],
    [{ kind: 'whalley_wilmott', riskAversion: -1 }, ['/riskAversion']],
    [{ kind: 'all_of' }, ['/of']],
    [{ kind: 'stop_loss', of: [stop] }, ['/of']],
    [{ kind: 'stop_loss', everySeconds: 1, tolerance: 1 }, ['/everySeconds', '/tolerance']],
  ])('%j', (policy, at) => {
    expect(faults(policy).sort()).toEqual(at);
  });

  it('options stand beside the outermost rule alone', () => {
    expect(faults({ kind: 'not', of: [{ ...stop, hedgeRatio: 1 }] })).toEqual(['/of/0']);
    expect(faults({ ...stop, hedgeRatio: 1.5, innerFraction: 1, maxClips: 20 })).toEqual([]);
    expect(faults({ ...stop, hedgeRatio: 1.51 })).toEqual(['/hedgeRatio']);
  });
});
