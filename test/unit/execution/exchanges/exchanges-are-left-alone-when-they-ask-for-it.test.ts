import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isNotTakenYet } from '../../../../src/execution/exchanges/fault.ts';
import { EXCHANGES, startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';

const TOO_MANY: Record<ExchangeName, { status: number; body: object }> = {
  deribit: { status: 400, body: { jsonrpc: '2.0', error: { code: 10028, message: 'too_many_requests' } } },
  binance: { status: 429, body: { code: -1015, msg: 'Too many new orders' } },
  okx: { status: 429, body: { code: '50011', msg: 'Rate limit reached', data: [] } },
};

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeEach(async () => {
    stage = await startStage(name);
  });
  afterEach(() => stage.close());

  const at = () => stage.clock.now().getTime();

  it('a short pause is waited out, and only by the account that was told', async () => {
    const order = stage.order();
    const others = stage.order({ tenantId: stage.tenant() });
    await stage.venue.lookup(others);
    await stage.venue.lookup(order);
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer: TOO_MANY[name] });
    await expect(stage.venue.lookup(order)).rejects.toSatisfy(isNotTakenYet);
    const start = at();
    stage.refill();
    expect(await stage.venue.submit(others)).toMatchObject({ status: 'filled' });
    expect(at()).toBe(start);
    stage.refill();
    expect(await stage.venue.submit(order)).toMatchObject({ status: 'filled' });
    expect(at()).toBe(start + 1_000);
  });

  it('a long one is the job that comes again: nothing is sent until it is over', async () => {
    const order = stage.order();
    await stage.venue.lookup(order);
    const answer = { ...TOO_MANY[name], headers: { 'Retry-After': '30' } };
    stage.wire.fail({ on: stage.on.lookup, effect: 'none', answer });
    await expect(stage.venue.submit(order)).rejects.toSatisfy(isNotTakenYet);
    const calls = stage.wire.calls.length;
    await expect(stage.venue.submit(order)).rejects.toThrow('paused for another 30000 ms');
    expect(stage.wire.calls).toHaveLength(calls);
    stage.pass(30_000);
    expect(await stage.venue.submit(order)).toMatchObject({ status: 'filled' });
  });
});

describe('Binance', () => {
  it('the limit of the address holds for all accounts', async () => {
    const stage = await startStage('binance');
    const order = stage.order();
    await stage.venue.lookup(order);
    const body = { code: -1003, msg: 'Way too many requests; IP banned until 1779451500000.' };
    stage.wire.fail({
      on: stage.on.lookup,
      effect: 'none',
      answer: { status: 418, body, headers: { 'Retry-After': '300' } },
    });
    await expect(stage.venue.lookup(order)).rejects.toThrow('Way too many requests');
    await expect(stage.venue.lookup(stage.order({ tenantId: stage.tenant() }))).rejects.toThrow(
      'paused for another 300000 ms',
    );
    await stage.close();
  });
});
