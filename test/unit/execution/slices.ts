import type { SliceOrder, Timed } from '../../../src/execution/schedule.ts';
import { ScheduleInputSchema, type ScheduleInput } from '../../../src/execution/scheduleModel.ts';

export const START = '2030-11-01T08:00:00.000Z';

/** An execution with a schedule, that began at `START`. */
export function scheduled(input: Partial<ScheduleInput> = {}, rest: Partial<Timed> = {}): Timed {
  const schedule = ScheduleInputSchema.parse({ kind: 'twap', horizonSeconds: 40, slices: 4, ...input });
  return {
    ...{ id: '0199c2a4-7c11-7d3e-8a55-000000000001', mode: 'auto', request: { schedule, validForSeconds: 60 } },
    ...{ created_at: START, approved_at: null, ...rest },
  };
}

/** An order of leg 0 that has ended. */
export function ended(slice: number, quantity: string, filled = quantity, leg = 0): SliceOrder {
  return { leg, slice, status: filled === quantity ? 'filled' : 'canceled', quantity, filled_quantity: filled };
}
