import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Venue } from '../../src/execution/ports.ts';
import { EXCHANGES, startStage, type ExchangeStage } from '../venues/stage.ts';
import type { WireFault } from '../venues/wire.ts';
import { worked } from '../venues/worked.ts';

const SEED = 20_260_522;
const RUNS = 60;

const fault = fc.record({
  on: fc.constantFrom('place', 'place', 'lookup', 'trades', 'cancel' as const),
  effect: fc.constantFrom('done', 'none', 'late' as const),
  answer: fc.constantFrom<WireFault['answer']>(
    'drop',
    { status: 500, body: {} },
    { status: 200, body: '', raw: '<html>' },
    { status: 429, body: {} },
  ),
});
const restarts = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  /** An adapter that is another one before every attempt for which it is told to be. */
  const restarting = (at: boolean[]): Venue => {
    let venue: Venue = stage.venue;
    const next = () => (venue = at.shift() ? stage.restarted() : venue);
    return { ...venue, submit: (order) => venue.submit(order), lookup: (order) => next().lookup(order) };
  };

  it(`one order, whatever fails and whenever the process dies (seed ${SEED}, ${RUNS} runs)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), restarts, async (faults, at) => {
        stage.wire.clear();
        stage.refill();
        const order = stage.order();
        for (const { on, effect, answer } of faults) stage.wire.fail({ on: stage.on[on], effect, answer });
        const report = await worked(restarting(at), order);
        stage.wire.deliver();
        expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
        expect(['filled', 'accepted']).toContain(report.status);
        stage.wire.clear();
        stage.pass(2_000); // the venue's pauses are over
        expect(await stage.venue.lookup(order)).toMatchObject({ status: 'filled' });
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
