import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNotTakenYet } from '../../../../src/execution/exchanges/fault.ts';
import { EXCHANGES, startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';
import type { WireAnswer } from '../../../venues/wire.ts';

const ERRORS: Record<ExchangeName, (code: number, text: string, status?: number) => WireAnswer> = {
  deribit: (code, message, status = 400) => ({
    status,
    body: { jsonrpc: '2.0', error: { code, message }, testnet: false },
  }),
  binance: (code, msg, status = 400) => ({ status, body: { code, msg } }),
  // What is wrong with an order is told inside; what is wrong with a request, outside.
  okx: (code, text, status = 200) =>
    code < 51_000
      ? { status, body: { code: String(code), msg: text, data: [] } }
      : {
          status,
          body: {
            code: '1',
            msg: 'All operations failed',
            data: [{ clOrdId: 'b', ordId: '', sCode: String(code), sMsg: text }],
          },
        },
};

/** The venue has not taken the order and will not. */
const REFUSED: Record<ExchangeName, number[]> = {
  deribit: [10002, 10005, 10007, 10009, 10043, 11054, 13009, 13004, 13021, -32602],
  binance: [-1111, -1121, -2010, -2018, -2019, -2022, -2027, -4003, -4164, -4131, -5021, -2015, -1022],
  okx: [50027, 50105, 50111, 50113, 51000, 51008, 51006, 51121, 51131, 51155, 54008],
};
/** The venue has not taken the order, and might another time. */
const NOT_YET: Record<ExchangeName, number[]> = {
  deribit: [10028, 10040, 10041, 10047, 10066, 11051, 13888],
  binance: [-1003, -1008, -1015, -5028, -1021],
  okx: [50011, 50061, 50036, 50102],
};
/** Nobody knows. */
const UNKNOWN: Record<ExchangeName, number[]> = {
  deribit: [10001, 11094, 12345],
  binance: [-1000, -1001, -1006, -1007, -9999],
  okx: [50001, 50004, 50013, 50026, 51149, 70000],
};

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  const refusedWith = (code: number, effect: 'none' | 'done' = 'none') => {
    stage.refill();
    stage.pass(10_000); // pauses are over
    const order = stage.order({ tenantId: stage.tenant() });
    stage.wire.fail({ on: stage.on.place, effect, answer: ERRORS[name](code, `no: ${code}`) });
    return order;
  };

  it.each(REFUSED[name])(
    '%i proves that the order was not taken: it is rejected, with what the venue said',
    async (code) => {
      const order = refusedWith(code);
      const report = await stage.venue.submit(order);
      expect(report).toMatchObject({ status: 'rejected', fills: [] });
      expect(report.reason).toContain(`no: ${code}`);
      expect(report.reason).toContain(`[${code}]`);
    },
  );

  it.each(NOT_YET[name])(
    '%i proves that the order was not taken, and says so in a type: it may be sent again',
    async (code) => {
      const order = refusedWith(code);
      const error = await stage.venue.submit(order).catch((thrown: unknown) => thrown);
      expect(isNotTakenYet(error)).toBe(true);
      expect(await stage.venue.lookup(order)).toBeUndefined();
      expect(await stage.venue.submit(order)).toMatchObject({ status: 'filled' });
      expect(stage.engine.taken(order.clientOrderId)).toHaveLength(1);
    },
  );

  it.each(UNKNOWN[name])('%i proves nothing: the order may have been taken', async (code) => {
    const order = refusedWith(code, 'done');
    const error = await stage.venue.submit(order).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(isNotTakenYet(error)).toBe(false);
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'filled' });
  });

  it('a code of the venue under status 5xx of what stands before it', async () => {
    const order = refusedWith(0);
    stage.wire.clear();
    stage.wire.fail({
      on: stage.on.place,
      effect: 'done',
      answer: { status: 504, body: { message: 'Gateway Timeout' } },
    });
    await expect(stage.venue.submit(order)).rejects.toThrow('504');
    expect(await stage.venue.lookup(order)).toMatchObject({ status: 'filled' });
  });
});
