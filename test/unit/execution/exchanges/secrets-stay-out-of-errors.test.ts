import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, startStage, type ExchangeStage } from '../../../venues/stage.ts';
import type { WireFault } from '../../../venues/wire.ts';

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name, { timeoutMs: 100 });
  });
  afterAll(() => stage.close());

  it.each(['drop', 'hang', 'echo', 'echo as an error'] as const)('%s: no key, signature or address', async (fault) => {
    const order = stage.order({ tenantId: stage.tenant() });
    const account = stage.accounts.get(order.accountId!)!;
    const secrets = Object.values(account) as string[];
    const said = `No: ${secrets.join(' and ')}`;
    const error = { code: name === 'binance' ? -1000 : '50026', msg: said, error: { code: 10001, message: said } };
    const answers: Record<typeof fault, WireFault['answer']> = {
      ...{ drop: 'drop', hang: 'hang' },
      echo: { status: 500, body: secrets },
      'echo as an error': { status: 400, body: error },
    };
    stage.wire.fail({ on: stage.on.place, effect: 'none', answer: answers[fault] });
    const thrown = await stage.venue.submit(order).then(
      () => expect.unreachable('it was taken'),
      (reason: unknown) => reason,
    );
    const { headers, rawQuery, body } = stage.wire.requests.at(-1)!;
    const sent = `${inspect(headers)} ${rawQuery} ${body}`;
    const signature = /(?:sig=|signature=|'ok-access-sign': ')([0-9a-zA-Z+/=]{40,64})/.exec(sent)?.[1];
    const told = inspect(thrown, { depth: 10, showHidden: true });
    expect(told).toContain(name);
    for (const secret of [...secrets, signature!, new URL(stage.wire.url).host]) expect(told).not.toContain(secret);
    if (fault === 'echo as an error') expect(told).toContain('No: …');
  });

  it('a rejection that repeats them is told without', async () => {
    const order = stage.order({ tenantId: stage.tenant() });
    const { apiKey } = stage.accounts.get(order.accountId!)!;
    const message = `key ${apiKey} may not trade`;
    const body = { code: name === 'binance' ? -2015 : '50111', msg: message, error: { code: 13009, message } };
    stage.wire.fail({ on: stage.on.place, effect: 'none', answer: { status: 401, body } });
    const report = await stage.venue.submit(order);
    expect(report).toMatchObject({ status: 'rejected' });
    expect(report.reason).toContain('key … may not trade');
  });
});
