import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatHex, slice, zeroHash, type Hex } from 'viem';
import type { Execution, SignatureRequest } from '../../../src/execution/model.ts';
import { anvilBinary } from '../../support/anvil.ts';
import { startSettledHedge, type SettledHedge } from './settledHedge.ts';

type Own = Awaited<ReturnType<SettledHedge['trader']>>;
type Forged = (stage: SettledHedge, own: Own, request: SignatureRequest) => Promise<Hex>;

const tampered =
  (change: object): Forged =>
  (stage, { trader }, { kind, payload }) => {
    const message = { ...(payload['message'] as object), ...change };
    return stage.sign(trader, { kind, payload: { ...payload, message } });
  };
const NOBODY = '0x000000000000000000000000000000000000dEaD';

describe.skipIf(!anvilBinary())('an order that waits for its signature', () => {
  let stage: SettledHedge;
  let own: Own;
  let path: string;
  let asked: Awaited<ReturnType<SettledHedge['asked']>>;
  beforeAll(async () => {
    stage = await startSettledHedge();
    own = await stage.trader('client');
    ({ path } = await stage.begin(own.accountId));
    const approval = await stage.asked(path, 'call');
    await stage.post(approval.id, await stage.sign(own.trader, approval.request)).expect(200);
    asked = await stage.asked(path, 'Order');
  });
  afterAll(() => stage.stop());

  it.each<[string, Forged]>([
    ['of another key', async ({ sign, chain }, _, request) => sign(await chain.fund({}), request)],
    ['for another receiver', tampered({ receiver: NOBODY })],
    ['for a lower price', tampered({ buyAmount: '1' })],
    ['for a later deadline', tampered({ validTo: 4_000_000_000 })],
    [
      'for another contract',
      ({ sign }, { trader }, { kind, payload }) => {
        const domain = { ...(payload['domain'] as object), verifyingContract: NOBODY };
        return sign(trader, { kind, payload: { ...payload, domain } });
      },
    ],
    [
      'of which a byte is wrong',
      async ({ sign }, { trader }, request) => {
        const signed = await sign(trader, request);
        return concatHex([slice(signed, 0, 40), signed.slice(82, 84) === '00' ? '0x01' : '0x00', slice(signed, 41)]);
      },
    ],
    [
      'with an end that no signature has',
      async ({ sign }, { trader }, request) => concatHex([slice(await sign(trader, request), 0, 64), '0x05']),
    ],
    ['of zeros', () => Promise.resolve(concatHex([zeroHash, zeroHash, '0x1b']))],
    ['that is too short', async ({ sign }, { trader }, request) => slice(await sign(trader, request), 0, 64)],
    ['of one byte', () => Promise.resolve('0x00')],
  ])('refuses one %s, and hands nothing in', async (_, forged) => {
    const { body } = await stage.post(asked.id, await forged(stage, own, asked.request)).expect(422);
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/signed', code: 'wrong_signer' }] });
    expect(stage.cow.orders.size).toBe(0);
    expect(await stage.executionAt(path)).toMatchObject({ status: 'waiting', waitingFor: 'signature' });
  });

  it('takes the right one after all that, once, and asks no longer', async () => {
    const signed = await stage.sign(own.trader, asked.request);
    await stage.post(asked.id, signed).expect(200);
    await stage.post(asked.id, signed).expect(200);
    expect(stage.cow.orders.size).toBe(1);
    const uid = await stage.handedIn(path);
    const isAsked = async () => (await stage.executionAt(path)).orders[0]!.signatureRequest !== null;
    await expect.poll(isAsked, { timeout: 8_000 }).toBe(false);
    await stage.services.settle(uid);
    await stage.app.ended(path);
    const late = await stage.post(asked.id, signed).expect(409);
    expect(late.body).toMatchObject({ code: 'conflict' });
  });

  it('refuses the right one after the deadline of the order, and hands nothing in', async () => {
    const late = await stage.trader('client');
    const begun = await stage.begin(late.accountId);
    const approval = await stage.asked(begun.path, 'call');
    await stage.post(approval.id, await stage.sign(late.trader, approval.request)).expect(200);
    const { id, request } = await stage.asked(begun.path, 'Order');
    stage.clock.ahead(301_000);
    const { body } = await stage.post(id, await stage.sign(late.trader, request)).expect(409);
    expect(body).toMatchObject({ code: 'conflict' });
    expect(stage.cow.orders.size).toBe(1);
    const { orders } = await stage.app.ended<Execution>(begun.path);
    expect(orders).toMatchObject([{ status: 'canceled', filledQuantity: '0' }]);
  });
});
