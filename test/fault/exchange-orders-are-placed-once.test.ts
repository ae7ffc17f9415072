import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, startStage, type ExchangeStage } from '../venues/stage.ts';
import type { WireFault } from '../venues/wire.ts';
import { worked } from '../venues/worked.ts';

const ANSWERS: [string, WireFault['answer']][] = [
  ['no answer', 'hang'],
  ['a connection that ends', 'drop'],
  ['status 500', { status: 500, body: {} }],
  ['status 502 and a page', { status: 502, body: '', raw: '<html><title>502 Bad Gateway</title></html>' }],
  ['status 429 without a word of the venue', { status: 429, body: '', raw: 'Too Many Requests' }],
  ['JSON that breaks off', { status: 200, body: '', raw: '{"code":"0","orderId":12,"result":{"order":{"order_id":' }],
  ['an answer to something else', { status: 200, body: { code: '0', data: [], result: 'ok', msg: '' } }],
  ['an empty answer', { status: 200, body: '', raw: '' }],
];
const EFFECTS = { done: 'after it was placed', none: 'before it was placed', late: 'while it is under way' } as const;

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  const cases = ANSWERS.flatMap(([what, answer]) =>
    (Object.keys(EFFECTS) as (keyof typeof EFFECTS)[]).map(
      (effect) => [what, EFFECTS[effect], effect, answer] as const,
    ),
  );

  it.each(cases)('%s %s: one order', async (_what, _when, effect, answer) => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect, answer });
    const report = await worked(stage.venue, order);
    stage.wire.deliver(); // what was under way comes at last
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
    expect(report).toMatchObject({ status: 'filled', venueOrderId: stage.engine.taken(order.clientOrderId)[0]!.id });
    expect(await stage.venue.lookup(order)).toEqual(report);
  });

  it('an order that comes after its submission was given up, and before it is looked up, is the order', async () => {
    stage.refill();
    const order = stage.order();
    stage.wire.fail({ on: stage.on.place, effect: 'late', answer: 'drop' });
    await expect(stage.venue.submit(order)).rejects.toThrow();
    stage.wire.deliver();
    expect(await worked(stage.venue, order, true)).toMatchObject({ status: 'filled' });
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });

  it('no fault lasts: several in a row, one order', async () => {
    stage.refill();
    const order = stage.order();
    for (const effect of ['none', 'late', 'done'] as const)
      stage.wire.fail({ on: stage.on.place, effect, answer: 'drop' });
    await worked(stage.venue, order);
    stage.wire.deliver();
    expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
  });
});
