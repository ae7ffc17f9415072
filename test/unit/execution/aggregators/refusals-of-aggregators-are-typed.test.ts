import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { QuoteFailure } from '../../../../src/execution/aggregators/port.ts';
import { fixedClock } from '../../../../src/platform/clock.ts';
import { aggregatorOf } from '../../../../src/execution/aggregators/select.ts';
import { changed, type Answered, type ServerFault } from '../../../venues/aggregators/server.ts';
import {
  configOf,
  NAMES,
  OTHER,
  startAggregatorStage,
  type AggregatorStage,
  type Name,
} from '../../../venues/aggregators/stage.ts';

let stage: AggregatorStage;
const use = (name: Name) => {
  beforeAll(async () => {
    stage = await startAggregatorStage(name);
  });
  afterAll(() => stage.close());
  afterEach(() => {
    stage.server.fault = undefined;
    stage.clock.set(new Date(stage.clock.now().getTime() + 120_000)); // whatever pause was asked for is over
  });
};
const code = async (does: ServerFault, on = '') => {
  stage.server.fault = { on, does };
  const failure = await stage.failure({ validUntil: new Date('2027-01-01T00:00:00.000Z') });
  expect(failure).toBeInstanceOf(QuoteFailure);
  return failure.code;
};

/** The calls that lead to a quote, by part of their paths. */
const CALLS: Record<Name, string[]> = {
  zeroex: ['/quote'],
  velora: ['/prices', '/transactions'],
  kyberswap: ['/routes', '/route/build'],
  odos: ['/sor/quote', '/sor/assemble'],
  oneinch: ['/1/swap', '/approve/spender'],
};

const STATUSES: [Answered['status'], string][] = [
  [401, 'unauthorised'],
  [403, 'unauthorised'],
  [404, 'bad_request'],
  [418, 'bad_request'],
  [429, 'rate_limited'],
  [500, 'unavailable'],
  [502, 'unavailable'],
  [503, 'unavailable'],
];

describe.each(NAMES.flatMap((name) => CALLS[name].map((on) => [name, on] as const)))('%s at %s', (name, on) => {
  use(name);

  it.each(STATUSES)('tells status %i with no more to it as %s', async (status, expected) => {
    expect(await code({ status, body: '', raw: '<html>nginx</html>' }, on)).toBe(expected);
  });

  it('tells a connection that ends, and a redirect, as unavailable', async () => {
    expect(await code('drop', on)).toBe('unavailable');
    expect(await code({ status: 302, body: {}, headers: { location: 'http://127.0.0.1:1/' } }, on)).toBe('unavailable');
  });

  it('tells what cannot be read as malformed', async () => {
    expect(await code({ status: 200, body: '', raw: '{"data":' }, on)).toBe('malformed');
    expect(await code({ status: 200, body: [] }, on)).toBe('malformed');
    expect(await code({ status: 200, body: '', raw: `"${'x'.repeat(5 * 1024 * 1024)}"` }, on)).toBe('malformed');
  });

  it('gives up at the deadline', async () => {
    stage.server.fault = { on, does: 'hang' };
    const failure = await stage.failure({}, AbortSignal.timeout(30));
    expect(failure).toMatchObject({ name: 'QuoteFailure', code: 'timeout' });
  });
});

/** Every field that is used of an answer, by its path. */
const USED: Record<Name, Record<string, string[]>> = {
  zeroex: {
    '/quote': [
      ...['sellToken', 'buyToken', 'sellAmount', 'buyAmount', 'minBuyAmount', 'issues'],
      ...['transaction', 'transaction.to', 'transaction.data', 'transaction.value'],
    ],
  },
  velora: {
    '/prices': [
      ...['priceRoute', 'priceRoute.srcToken', 'priceRoute.destToken', 'priceRoute.srcAmount', 'priceRoute.destAmount'],
      ...['priceRoute.network', 'priceRoute.gasCost', 'priceRoute.tokenTransferProxy', 'priceRoute.contractAddress'],
    ],
    '/transactions': ['from', 'to', 'value', 'data', 'chainId'],
  },
  kyberswap: {
    '/routes': [
      ...['data', 'data.routerAddress', 'data.routeSummary', 'data.routeSummary.tokenIn', 'data.routeSummary.tokenOut'],
      ...['data.routeSummary.amountIn', 'data.routeSummary.amountOut', 'data.routeSummary.gas'],
    ],
    '/route/build': ['data', 'data.amountIn', 'data.amountOut', 'data.gas', 'data.data', 'data.routerAddress'],
  },
  odos: {
    '/sor/quote': ['inTokens', 'outTokens', 'inAmounts', 'outAmounts', 'gasEstimate', 'pathId'],
    '/sor/assemble': [
      ...['transaction', 'transaction.to', 'transaction.from', 'transaction.data', 'transaction.value'],
      'transaction.chainId',
    ],
  },
  oneinch: {
    '/1/swap': ['dstAmount', 'tx', 'tx.from', 'tx.to', 'tx.data', 'tx.value'],
    '/approve/spender': ['address'],
  },
};

const FIELDS = NAMES.flatMap((name) =>
  Object.entries(USED[name]).flatMap(([on, paths]) => paths.map((path) => [name, path, on] as const)),
);

describe('an answer that lacks what is used of it', () => {
  it.each(FIELDS)('of %s, %s at %s, is malformed', async (name, path, on) => {
    const own = await startAggregatorStage(name);
    for (const value of [undefined, null, []]) {
      own.server.fault = { on, does: (said) => changed(said, path, value) };
      expect(await own.failure()).toMatchObject({ name: 'QuoteFailure', code: 'malformed' });
    }
    await own.close();
  });
});

describe('what aggregators say of it themselves', () => {
  const answers: [Name, string, number, object, string][] = [
    ['zeroex', '', 200, { liquidityAvailable: false, zid: '0x04806bdd38222a893527ce9c' }, 'no_liquidity'],
    ['zeroex', '', 400, { name: 'TOKEN_NOT_SUPPORTED', message: 'no' }, 'unsupported'],
    ['zeroex', '', 403, { name: 'TAKER_NOT_AUTHORIZED_FOR_TRADE', message: 'no' }, 'unauthorised'],
    ['zeroex', '', 422, { name: 'SWAP_VALIDATION_FAILED', message: 'no', data: { zid: '0x1' } }, 'bad_request'],
    ['zeroex', '', 500, { name: 'INTERNAL_SERVER_ERROR', message: 'no' }, 'unavailable'],
    ['velora', '/prices', 400, { error: 'No routes found with enough liquidity' }, 'no_liquidity'],
    ['velora', '/prices', 400, { error: 'ESTIMATED_LOSS_GREATER_THAN_MAX_IMPACT', value: '99%' }, 'no_liquidity'],
    ['velora', '/transactions', 400, { error: 'Suspected Rate Change - Please Retry' }, 'expired'],
    ['velora', '/prices', 400, { error: 'Validation failed' }, 'bad_request'],
    ['kyberswap', '/routes', 400, { code: 4008, message: 'route not found', details: null }, 'no_liquidity'],
    ['kyberswap', '/routes', 400, { code: 4011, message: 'token not found' }, 'unsupported'],
    ['kyberswap', '/route/build', 422, { code: 4227, message: 'gas estimation failed' }, 'expired'],
    ['kyberswap', '/routes', 400, { code: 4001, message: 'query is malformed' }, 'bad_request'],
    ['odos', '/sor/quote', 400, { detail: 'No viable path', traceId: null, errorCode: 2000 }, 'no_liquidity'],
    ['odos', '/sor/quote', 400, { detail: 'Timeout', traceId: null, errorCode: 2998 }, 'unavailable'],
    ['odos', '/sor/quote', 400, { detail: 'Blacklisted', traceId: null, errorCode: 4014 }, 'unsupported'],
    ['odos', '/sor/assemble', 500, { detail: 'Internal', traceId: null, errorCode: 3110 }, 'unavailable'],
    ['odos', '/sor/quote', 422, { detail: [{ loc: ['body'], msg: 'field required' }] }, 'bad_request'],
    ['oneinch', '/swap', 400, { error: 'Bad Request', description: 'insufficient liquidity' }, 'no_liquidity'],
    ['oneinch', '/swap', 400, { error: 'Bad Request', description: 'Not enough balance' }, 'bad_request'],
  ];
  it.each(answers)('%s%s %i %j is %s', async (name, on, status, body, expected) => {
    const own = await startAggregatorStage(name);
    own.server.fault = { on, does: { status, body } };
    expect(await own.failure()).toMatchObject({ code: expected });
    await own.close();
  });

  it.each(NAMES)('%s has no liquidity where no pool prices the trade', async (name) => {
    const own = await startAggregatorStage(name);
    own.server.pricing.price = () => Promise.resolve(undefined);
    expect(await own.failure()).toMatchObject({ code: 'no_liquidity' });
    await own.close();
  });

  it('a route of Velora whose price has moved, and one of KyberSwap that gives less by now, have expired', async () => {
    const velora = await startAggregatorStage('velora');
    Object.assign(velora.server, { hasMoved: true });
    expect(await velora.failure()).toMatchObject({ code: 'expired' });
    await velora.close();
    const kyberswap = await startAggregatorStage('kyberswap');
    Object.assign(kyberswap.server, { drift: 9_900n });
    expect(await kyberswap.failure()).toMatchObject({
      code: 'expired',
      message: expect.stringContaining('4222') as unknown,
    });
    await kyberswap.close();
  });

  it('a path of Odos that is older than a minute has expired', async () => {
    const odos = await startAggregatorStage('odos');
    const { clock } = odos;
    odos.server.fault = {
      on: '/sor/quote',
      does: (said) => {
        clock.set(new Date(clock.now().getTime() + 61_000));
        return said;
      },
    };
    expect(await odos.failure()).toMatchObject({ code: 'expired' });
    await odos.close();
  });

  it('KyberSwap has names of chains, and one that is not known is not asked for', async () => {
    const kyberswap = await startAggregatorStage('kyberswap');
    expect(await kyberswap.failure({ chainId: 31_337 })).toMatchObject({ code: 'unsupported' });
    expect(kyberswap.server.asked).toEqual([]);
    await kyberswap.close();
  });
});

it('services that take signed orders answer no transactions', () => {
  const deps = { clock: fixedClock('2026-05-22') };
  const config = configOf('zeroex', 'http://127.0.0.1:1', OTHER);
  for (const each of [{ name: 'cow' }, { flavour: 'gasless' }, { name: 'oneinch', flavour: 'fusion' }] as const)
    expect(aggregatorOf({ ...config, ...each }, deps)).toBeUndefined();
});
