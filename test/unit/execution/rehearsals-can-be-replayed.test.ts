import { expect, test } from 'vitest';
import { ExecutionInputSchema } from '../../../src/execution/model.ts';
import { mishapsOf } from '../../../src/execution/rehearsal.ts';
import { RehearsalSchema } from '../../../src/execution/rehearsalModel.ts';

const ids = Array.from({ length: 4_000 }, (_, i) => `b${i}`);
const rehearsal = RehearsalSchema.parse({ rejectRate: 0.1, outageRate: 0.4, outageMs: 50, seed: 7 });
const share = (of: (id: string) => boolean) => ids.filter(of).length / ids.length;

test('the same seed does the same to an order, another one something else', () => {
  const all = (seed: number) => ids.map((id) => mishapsOf({ ...rehearsal, seed }, id));
  expect(all(7)).toEqual(all(7));
  expect(all(8)).not.toEqual(all(7));
});

test('as many orders are rejected and lost as was asked for, half of the lost having arrived', () => {
  const { isRejected, outage } = {
    isRejected: (id: string) => mishapsOf(rehearsal, id).isRejected,
    outage: (id: string) => mishapsOf(rehearsal, id).outage,
  };
  expect(share(isRejected)).toBeCloseTo(0.1, 1);
  expect(share((id) => outage(id) !== undefined)).toBeCloseTo(0.4, 1);
  expect(share((id) => outage(id)?.reaches === true)).toBeCloseTo(0.2, 1);
  expect(share((id) => isRejected(id) && outage(id) !== undefined)).toBeCloseTo(0.04, 1);
});

test('nothing and everything can be asked for', () => {
  expect(share((id) => mishapsOf(RehearsalSchema.parse({}), id).isRejected)).toBe(0);
  expect(share((id) => mishapsOf(RehearsalSchema.parse({ rejectRate: 1 }), id).isRejected)).toBe(1);
  expect(share((id) => mishapsOf(RehearsalSchema.parse({ outageRate: 1 }), id).outage !== undefined)).toBe(1);
});

test('only the paper venue rehearses', () => {
  const accountId = '01a00000-0000-7000-8000-000000000000';
  const parsed = ExecutionInputSchema.safeParse({ venue: 'deribit', accountId, paper: {} });
  expect(parsed.error?.issues).toMatchObject([{ path: ['paper'] }]);
  expect(ExecutionInputSchema.safeParse({ venue: 'paper', paper: { seed: 3 } }).success).toBe(true);
});
