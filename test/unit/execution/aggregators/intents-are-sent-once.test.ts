import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Intent, IntentRequest, IntentService } from '../../../../src/execution/aggregators/intents.ts';
import { intentServiceOf } from '../../../../src/execution/aggregators/select.ts';
import { fixedClock } from '../../../../src/platform/clock.ts';
import { settled, startCow, type CowServer } from '../../../venues/aggregators/cow.ts';
import { filled, startFusion, type FusionServer } from '../../../venues/aggregators/fusion.ts';
import { startGasless, type GaslessServer } from '../../../venues/aggregators/gasless.ts';
import { flatPricing } from '../../../venues/aggregators/pricing.ts';
import { changed, type ServerFault } from '../../../venues/aggregators/server.ts';
import { API_KEY, AT, OTHER, requestOf } from '../../../venues/aggregators/stage.ts';

const owner = privateKeyToAccount(`0x${'1'.repeat(64)}`);
const stranger = privateKeyToAccount(`0x${'2'.repeat(64)}`);
const SETTLEMENT = '0x9008d19f58aabd9ed0d60971565aa8510560ab41';
const RELAYER = '0xc92e8bdf79f0507f65a392b0ab4667716bfe0110';
const HASH = `0x${'ab'.repeat(32)}` as const;
const signal = () => AbortSignal.timeout(5_000);

let clock: ReturnType<typeof fixedClock>;
let server: CowServer | GaslessServer | FusionServer;
let service: IntentService;

const requested = (rest: Partial<IntentRequest> = {}): IntentRequest => ({
  ...requestOf({ taker: owner.address.toLowerCase() as never }),
  ...{ clientOrderId: 'b1', ...rest },
});
const quoted = (rest: Partial<IntentRequest> = {}) => service.quote(requested(rest), signal());
const signed = (intent: Intent, by = owner) => by.signTypedData(intent.typedData as never);
const submitted = async (intent: Intent) => service.submit(intent, await signed(intent), signal());
const count = () => ('orders' in server ? server.orders.size : server.trades.size);

const start = {
  async cow() {
    const cow = await startCow(flatPricing(3_000_000n), clock, SETTLEMENT);
    const config = { name: 'cow', url: cow.url, targets: [SETTLEMENT], spenders: [RELAYER] } as const;
    service = intentServiceOf({ ...config, targets: [SETTLEMENT], spenders: [RELAYER] }, { clock })!;
    server = cow;
  },
  async gasless() {
    const pricing = flatPricing(3_000_000n);
    server = await startGasless(pricing, API_KEY);
    const config = { name: 'zeroex', flavour: 'gasless', url: server.url, apiKey: API_KEY } as const;
    service = intentServiceOf({ ...config, targets: [pricing.router], spenders: [pricing.router] }, { clock })!;
  },
  async fusion() {
    const setup = { apiKey: API_KEY, settlement: SETTLEMENT, router: RELAYER, resolvers: [OTHER] } as const;
    server = await startFusion(flatPricing(3_000_000n), clock, { ...setup, resolvers: [...setup.resolvers] });
    const config = { name: 'oneinch', flavour: 'fusion', url: server.url, apiKey: API_KEY } as const;
    service = intentServiceOf({ ...config, targets: [SETTLEMENT], spenders: [RELAYER] }, { clock })!;
  },
};

beforeEach(() => {
  clock = fixedClock(AT);
});
afterEach(() => server.close());

const ABOUT_ANOTHER = 'an answer about another order';
const LOST: [string, ServerFault][] = [
  [
    'a failure that has a name',
    (said) => ({ ...said, status: 500, body: { errorType: 'InternalServerError', name: 'INTERNAL_SERVER_ERROR' } }),
  ],
  ['an answer that is lost', (said) => ({ ...said, status: 504, body: '', raw: '' })],
  ['an answer that is broken', (said) => ({ ...said, raw: '{"tra' })],
  [ABOUT_ANOTHER, (said) => ({ ...said, body: { tradeHash: HASH } })],
];

describe.each(['cow', 'gasless', 'fusion'] as const)('%s', (name) => {
  beforeEach(() => start[name]());

  it('has its name before it is sent, and can be written down', async () => {
    const intent = await quoted();
    expect(JSON.parse(JSON.stringify(intent))).toEqual(intent);
    await submitted(intent);
    expect([...('orders' in server ? server.orders : server.trades).keys()]).toEqual([intent.uid]);
    expect(await service.lookup(intent, signal())).toMatchObject({ status: 'open', transactions: [] });
  });

  it('is unknown before it is sent', async () => {
    expect(await service.lookup(await quoted(), signal())).toBeUndefined();
  });

  // Fusion's relayer answers nothing that could be about another.
  const lost = LOST.filter(([what]) => name !== 'fusion' || what !== ABOUT_ANOTHER);
  it.each(lost)('%s is in doubt, and found under its name', async (_what, does) => {
    const intent = await quoted();
    server.fault = { on: 'POST', does };
    await expect(submitted(intent)).rejects.toMatchObject({ name: 'QuoteFailure' });
    server.fault = undefined;
    expect(await service.lookup(intent, signal())).toMatchObject({ status: 'open' });
    expect(count()).toBe(1);
  });

  it('a silence is in doubt, and it was never there', async () => {
    const intent = await quoted();
    server.fault = { on: 'POST', does: 'drop' };
    await expect(submitted(intent)).rejects.toMatchObject({ name: 'QuoteFailure', code: 'unavailable' });
    server.fault = undefined;
    expect(await service.lookup(intent, signal())).toBeUndefined();
    await submitted(intent);
    expect(count()).toBe(1);
  });

  it('a lookup that fails proves nothing', async () => {
    const intent = await quoted();
    await submitted(intent);
    for (const does of [
      'drop',
      { status: 503, body: {} },
      { status: 429, body: {} },
      { status: 200, body: {} },
    ] as const) {
      server.fault = { on: 'GET', does: does as ServerFault };
      await expect(service.lookup(intent, signal())).rejects.toMatchObject({ name: 'QuoteFailure' });
    }
  });

  it('signed by another, it is refused', async () => {
    const intent = await quoted();
    const signature = await signed(intent, stranger);
    await expect(service.submit(intent, signature, signal())).rejects.toMatchObject({ name: 'IntentRefused' });
    expect(count()).toBe(0);
  });

  it('does not go beyond the limit', async () => {
    const intent = await quoted({ bound: 2_990_000n });
    expect(BigInt(intent.buyAmount)).toBeGreaterThanOrEqual(2_990_000n);
    await expect(quoted({ bound: 3_000_001n })).rejects.toMatchObject({ code: 'beyond_limit' });
  });
});

describe('CoW', () => {
  beforeEach(() => start.cow());

  it('takes the same order twice as one', async () => {
    const intent = await quoted();
    await submitted(intent);
    await submitted(intent);
    expect(count()).toBe(1);
  });

  it('signs what is sold before the fee, with none of its own', async () => {
    const { typedData, ...intent } = await quoted();
    expect(typedData.message).toMatchObject({
      sellAmount: '1000000',
      feeAmount: '0',
      kind: 'sell',
      validTo: 1_779_451_500,
    });
    expect(intent).toMatchObject({ sellAmount: '1000000', quoted: { buyAmount: '2998125' }, spender: RELAYER });
    expect(intent.buyAmount).toBe('2983134'); // half a percent less
    expect(intent.uid).toMatch(new RegExp(`^0x[0-9a-f]{64}${owner.address.slice(2).toLowerCase()}6a104[0-9a-f]{3}$`));
  });

  it('an exact output pays within the limit', async () => {
    const intent = await quoted({ side: 'exact_out', amount: 3_000_000n, bound: 1_004_000n });
    expect(intent).toMatchObject({ buyAmount: '3000000', sellAmount: '1004000', quoted: { sellAmount: '1000626' } });
    await submitted(intent);
    expect(count()).toBe(1);
  });

  it('two orders for the same until the same second are two', async () => {
    const [a, b] = [await quoted(), await quoted({ clientOrderId: 'b2' })];
    expect(a.uid).not.toBe(b.uid);
    expect((await quoted()).uid).toBe(a.uid);
  });

  it('tells what was settled, and by which transaction', async () => {
    const intent = await quoted();
    await submitted(intent);
    settled(server as CowServer, intent.uid as never, 2_990_000n, HASH);
    expect(await service.lookup(intent, signal())).toEqual({
      ...{ status: 'filled', reason: null, sold: 1_000_000n, bought: 2_990_000n, transactions: [HASH] },
    });
  });

  it('expires, and is taken back by its owner; what has ended is left', async () => {
    const intent = await quoted();
    await submitted(intent);
    const cancellation = await owner.signTypedData(service.cancellation!(intent) as never);
    await service.cancel!(intent, cancellation, signal());
    expect(await service.lookup(intent, signal())).toMatchObject({ status: 'canceled' });
    await service.cancel!(intent, cancellation, signal());
    const late = await quoted({ clientOrderId: 'b3' });
    await submitted(late);
    clock.set('2026-05-22T12:05:00.000Z');
    expect(await service.lookup(late, signal())).toMatchObject({ status: 'expired' });
  });

  it.each([
    [404, 'NoLiquidity', 'no_liquidity'],
    [400, 'UnsupportedToken', 'unsupported'],
    [400, 'InvalidQuote', 'bad_request'],
    [500, 'InternalServerError', 'unavailable'],
  ])('a quote refused with %i %s is %s', async (status, errorType, code) => {
    server.fault = { on: 'quote', does: { status, body: { errorType, description: '' } } };
    await expect(quoted()).rejects.toMatchObject({ code });
  });

  it('a quote for another receiver, token or side is refused', async () => {
    for (const change of [{ receiver: OTHER }, { buyToken: OTHER }, { kind: 'buy' }, { sellAmount: '1' }]) {
      server.fault = {
        on: 'quote',
        does: (said) => {
          const body = said.body as { quote: object };
          return { ...said, body: { ...body, quote: { ...body.quote, ...change } } };
        },
      };
      await expect(quoted()).rejects.toMatchObject({ code: 'malformed' });
    }
  });
});

describe('0x gasless', () => {
  beforeEach(() => start.gasless());

  it.each([
    ['pending', 'open'],
    ['submitted', 'settling'],
    ['succeeded', 'settling'],
    ['confirmed', 'filled'],
    ['failed', 'failed'],
  ])('%s is %s', async (status, expected) => {
    const intent = await quoted();
    const transactions = [{ hash: HASH, timestamp: 1 }];
    (server as GaslessServer).trades.set(intent.uid as never, { status, reason: 'order_expired', transactions });
    expect(await service.lookup(intent, signal())).toMatchObject({
      ...{ status: expected, reason: 'order_expired', sold: null, bought: null, transactions: [HASH] },
    });
  });

  it('terms that are for another trade, or pay another, are refused before they are signed', async () => {
    const lies = [{ recipient: OTHER }, { target: OTHER }, { amountIn: (n: bigint) => n + 1n }] as const;
    for (const tampering of lies) {
      server.tampering = tampering;
      await expect(quoted()).rejects.toMatchObject({ code: 'malformed' });
    }
    server.tampering = { least: () => 1n };
    await expect(quoted()).rejects.toMatchObject({ code: 'beyond_limit' });
  });

  it('a name that is not that of what is to be signed is refused', async () => {
    server.fault = { on: 'quote', does: (said) => changed(said, 'trade.hash', HASH) };
    await expect(quoted()).rejects.toMatchObject({ code: 'malformed' });
  });

  it('a second submission is in doubt, and found', async () => {
    const intent = await quoted();
    await submitted(intent);
    await expect(submitted(intent)).rejects.toMatchObject({ name: 'QuoteFailure' });
    expect(await service.lookup(intent, signal())).toMatchObject({ status: 'open' });
    expect(count()).toBe(1);
  });
});

describe('1inch Fusion', () => {
  beforeEach(() => start.fusion());
  const fusion = () => server as FusionServer;
  const answered = (path: string, value?: unknown) => {
    server.fault = { on: 'quote', does: (said) => changed(said, path, value) };
  };

  it('takes the same order twice as one, and one for the same is another', async () => {
    const intent = await quoted();
    await submitted(intent);
    await submitted(intent);
    await submitted(await quoted({ clientOrderId: 'b2' }));
    expect(count()).toBe(2);
  });

  it('goes for the whole, ends after its auction, and pays its owner no less than the limit', async () => {
    const { typedData, validTo, ...intent } = await quoted();
    const traits = BigInt((typedData.message as { makerTraits: string }).makerTraits);
    expect([traits >> 255n, (traits >> 254n) & 1n]).toEqual([1n, 0n]);
    expect(validTo).toBe(Date.parse(AT) / 1_000 + 12 + 240 + 12);
    expect(intent).toMatchObject({
      sellAmount: '1000000',
      buyAmount: '2985000',
      owner: intent.receiver,
      spender: RELAYER,
    });
    const { quoted: expected } = intent;
    expect(BigInt(expected.buyAmount)).toBeGreaterThan(2_985_000n);
    expect(BigInt(expected.buyAmount)).toBeLessThan(3_000_000n);
  });

  it('takes the longest auction that ends before the order does, and none where none does', async () => {
    const until = (seconds: number) => quoted({ validUntil: new Date(Date.parse(AT) + seconds * 1_000) });
    const lasts = async (seconds: number) => (await until(seconds)).validTo - Date.parse(AT) / 1_000;
    expect(await lasts(1_000)).toBe(264); // the one that is recommended
    expect(await lasts(252)).toBe(252);
    expect(await lasts(251)).toBe(144);
    await expect(until(131)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('an auction that goes down beyond the limit is refused, whatever it was told', async () => {
    fusion().tampering = { least: (amount) => amount - 100_000n };
    await expect(quoted()).rejects.toMatchObject({ code: 'beyond_limit' });
  });

  it('lets the exclusive resolver go before the others', async () => {
    fusion().resolvers = [OTHER, SETTLEMENT];
    fusion().exclusiveResolver = SETTLEMENT;
    const { extension } = (await quoted()).submission as { extension: string };
    const half = (address: string) => address.slice(-20);
    expect(extension).toContain(`02${half(SETTLEMENT)}0000${half(OTHER)}000c`);
  });

  it('quotes exact inputs only', async () => {
    await expect(quoted({ side: 'exact_out' })).rejects.toMatchObject({ code: 'unsupported' });
  });

  const lies: [string, string, unknown][] = [
    ['names a settlement contract that is not on the list', 'settlementAddress', OTHER],
    ['is for another amount', 'fromTokenAmount', '1000001'],
    ['has no name', 'quoteId', null],
    ['pays an integrator', 'integratorFee', 30],
    ['lists nobody', 'whitelist', []],
    ['recommends what it does not have', 'recommended_preset', 'custom'],
    ['has a fee that no order holds', 'fee.bps', 6_554],
    ['keeps more than all', 'surplusFee', 101],
    ['has a bump that no order holds', 'presets.medium.initialRateBump', 2 ** 24],
    ['has an auction of no length', 'presets.medium.auctionDuration', 0],
    ['has an auction that starts before', 'presets.medium.startAuctionIn', -1],
    ['has too many points', 'presets.medium.points', Array(256).fill({ delay: 1, coefficient: 1 })],
    ['has no least', 'presets.medium.auctionEndAmount', undefined],
    ['has no market', 'marketAmount', 'much'],
    ['has a gas price that is none', 'presets.medium.gasCost', { gasBumpEstimate: 1, gasPriceEstimate: 'x' }],
  ];
  it.each(lies)('a quote that %s is malformed', async (_what, path, value) => {
    answered(path, value);
    await expect(quoted()).rejects.toMatchObject({ code: 'malformed' });
    expect(count()).toBe(0);
  });

  it.each([
    [400, 'insufficient liquidity', 'no_liquidity'],
    [400, 'token is not supported', 'bad_request'],
    [401, 'Unauthorized', 'unauthorised'],
    [500, 'Internal', 'unavailable'],
  ])('a quote refused with %i %s is %s', async (status, description, code) => {
    server.fault = { on: 'quote', does: { status, body: { statusCode: status, error: 'Error', description } } };
    await expect(quoted()).rejects.toMatchObject({ code });
  });

  it('tells by which transaction it was filled, and nothing of how much', async () => {
    const intent = await quoted();
    await submitted(intent);
    filled(fusion(), intent.uid as never, 2_990_000n, HASH);
    expect(await service.lookup(intent, signal())).toEqual({
      ...{ status: 'filled', reason: 'filled', sold: null, bought: null, transactions: [HASH] },
    });
  });

  it.each([
    ['pending', 'open'],
    ['not-enough-balance-or-allowance', 'open'],
    ['false-predicate', 'open'],
    ['cancelled', 'canceled'],
    ['expired', 'expired'],
    ['wrong-permit', 'failed'],
    ['invalid-signature', 'failed'],
  ])('%s is %s', async (status, expected) => {
    const intent = await quoted();
    await submitted(intent);
    fusion().orders.get(intent.uid as never)!.status = status;
    expect(await service.lookup(intent, signal())).toMatchObject({ status: expected, reason: status });
  });

  it('cannot be taken back at the service', () => {
    expect([service.cancellation, service.cancel]).toEqual([undefined, undefined]);
  });
});
