import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGES, newId, startStage, type ExchangeName, type ExchangeStage } from '../../../venues/stage.ts';
import type { WireRequest } from '../../../venues/wire.ts';

/** What is sent, by our names for it. */
const SENT: Record<ExchangeName, (request: WireRequest) => Record<string, unknown>> = {
  deribit({ query }) {
    const { label, time_in_force, valid_until, amount, price, type } = Object.fromEntries(query);
    return {
      id: label,
      ioc: time_in_force === 'immediate_or_cancel' && type === 'limit',
      until: Number(valid_until),
      amount,
      price,
    };
  },
  binance({ body }) {
    const { newClientOrderId, timeInForce, type, timestamp, recvWindow, quantity, price } = Object.fromEntries(
      new URLSearchParams(body),
    );
    const until = Number(timestamp) + Number(recvWindow);
    return { id: newClientOrderId, ioc: timeInForce === 'IOC' && type === 'LIMIT', until, amount: quantity, price };
  },
  okx({ body, headers }) {
    const { clOrdId, ordType, sz, px, tag } = JSON.parse(body) as Record<string, string>;
    expect(tag).toBeUndefined();
    return { id: clOrdId, ioc: ordType === 'ioc', until: Number(headers.exptime), amount: sz, price: px };
  },
};

describe.each(EXCHANGES)('%s', (name) => {
  let stage: ExchangeStage;
  beforeAll(async () => {
    stage = await startStage(name);
  });
  afterAll(() => stage.close());

  const sent = async (validForMs: number) => {
    const validUntil = new Date(stage.clock.now().getTime() + validForMs);
    const order = stage.order({ clientOrderId: newId(), limitPrice: '100000.04', validUntil });
    await stage.venue.submit(order);
    const request = stage.wire.requests.findLast(({ method, path }) => `${method} ${path}`.includes(stage.on.place))!;
    return { order, sent: SENT[name](request) };
  };

  it('our id and no other, immediate or cancel, at the tick inside the limit', async () => {
    const { order, sent: what } = await sent(60_000);
    expect(what).toMatchObject({ id: order.clientOrderId, ioc: true, amount: stage.amount, price: '100000' });
  });

  it('how late it may come: five seconds, or the end of its time', async () => {
    const now = stage.clock.now().getTime();
    expect((await sent(60_000)).sent.until).toBe(now + 5_000);
    expect((await sent(1_234)).sent.until).toBe(now + 1_234);
  });

  it('it is sent once, as itself', async () => {
    const before = stage.wire.calls.filter((call) => call.includes(stage.on.place)).length;
    stage.wire.fail({ on: stage.on.place, effect: 'none', answer: { status: 503, body: {} } });
    await expect(stage.venue.submit(stage.order())).rejects.toThrow();
    expect(stage.wire.calls.filter((call) => call.includes(stage.on.place))).toHaveLength(before + 1);
    expect(stage.wire.requests.at(-1)!.headers['user-agent']).toBe('ballast');
  });
});
