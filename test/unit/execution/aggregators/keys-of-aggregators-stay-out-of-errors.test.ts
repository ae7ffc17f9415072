import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Answered, ServerFault } from '../../../venues/aggregators/server.ts';
import { API_KEY, NAMES, startAggregatorStage } from '../../../venues/aggregators/stage.ts';

/** Says the key back in every field that is read of a refusal. */
const ECHO: Answered['body'] = {
  ...{ name: `NO ${API_KEY}`, message: `key ${API_KEY}`, error: `for ${API_KEY}`, description: `of ${API_KEY}` },
  ...{
    detail: `with ${API_KEY}`,
    errorCode: 4000,
    code: 4001,
    data: { details: [{ field: API_KEY, reason: API_KEY }] },
  },
};

const FAULTS: [string, ServerFault][] = [
  ['a refusal that says it back', { status: 400, body: ECHO }],
  ['a refusal with status 200 that says it back', { status: 200, body: ECHO }],
  ['a failure that says it back', { status: 500, body: ECHO }],
  ['a status alone', { status: 401, body: '', raw: API_KEY }],
  ['an answer that cannot be read', { status: 200, body: { [API_KEY]: API_KEY } }],
  ['a connection that ends', 'drop'],
  ['no answer', 'hang'],
];

describe.each(NAMES)('%s', (name) => {
  it.each(FAULTS)('%s', async (_what, does) => {
    const stage = await startAggregatorStage(name);
    stage.server.fault = { on: '', does };
    const failure = await stage.failure({}, AbortSignal.timeout(30));
    const all = `${inspect(failure, { depth: 20, showHidden: true })} ${JSON.stringify(failure)} ${failure.stack}`;
    expect(all).not.toContain(API_KEY);
    expect(failure.message).not.toContain('127.0.0.1');
    await stage.close();
  });

  it('an address that cannot be reached', async () => {
    const stage = await startAggregatorStage(name, { url: `http://user:${API_KEY}@127.0.0.1:9/${API_KEY}` });
    const failure = await stage.failure();
    expect(failure.code).toBe('unavailable');
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(API_KEY);
    await stage.close();
  });
});

it('what an aggregator says is cut to a length that logs can hold', async () => {
  const stage = await startAggregatorStage('velora');
  stage.server.fault = { on: '', does: { status: 400, body: { error: 'x'.repeat(100_000) } } };
  expect((await stage.failure()).message.length).toBeLessThan(400);
  await stage.close();
});
