import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProblemSchema, type ProblemCode } from '../../../src/platform/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { NO_ID } from '../../support/contract.ts';
import { AS_OF, EXPIRY, MARKET, PORTFOLIO, POSITIONS } from '../../support/fixtures.ts';

// Bodies that parse as JSON and are wrong: each fault is told at its own pointer, under its own code.

let app: TestApp;
const ids = { portfolio: '', analysis: '', plan: '' };
beforeAll(async () => {
  app = await startTestApp();
  await app.api().post('/v1/market-snapshots').send(MARKET).expect(201);
  ids.portfolio = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
  ids.analysis = (await app.api().post(`/v1/portfolios/${ids.portfolio}/analyses`).send({}).expect(202)).body.id;
  await app.ended(`/v1/analyses/${ids.analysis}`);
  const targets = [{ underlying: 'BTC' }];
  ids.plan = (
    await app.api().post(`/v1/portfolios/${ids.portfolio}/hedge-plans`).send({ targets }).expect(202)
  ).body.id;
  await app.ended(`/v1/hedge-plans/${ids.plan}`);
});
afterAll(() => app.stop());

type Fault = [pointer: string, code: string];
/** `raw` stands for values that JSON.stringify cannot write. */
interface Case {
  what: string;
  body: unknown;
  raw?: string;
  faults: Fault[];
  status?: number;
  code?: ProblemCode;
}

async function expectFaults(method: 'post' | 'put', path: string, given: Case): Promise<void> {
  const request = app.api()[method](path).set('content-type', 'application/json').set('if-match', '*');
  const answer = await request.send(given.raw ?? JSON.stringify(given.body));
  expect(answer.status, answer.text).toBe(given.status ?? 422);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = ProblemSchema.parse(answer.body);
  expect(problem).toMatchObject({ code: given.code ?? 'validation_failed', status: answer.status, instance: path });
  expect((problem.errors ?? []).map(({ pointer, code }) => [pointer, code])).toEqual(given.faults);
  for (const { detail } of problem.errors ?? []) expect(detail).toMatch(/[a-z]{2}/);
}

const book = (...positions: unknown[]) => ({ name: 'book', asOf: AS_OF, positions });
const position = (change: object) => ({ instrument: 'deribit:BTC-PERPETUAL', quantity: 1, ...change });
const option = (change: object) => ({
  kind: 'option',
  underlying: 'BTC',
  settlement: 'linear',
  optionType: 'call',
  strike: '90000',
  expiry: EXPIRY,
  ...change,
});
const held = (instrument: unknown) => book({ instrument, quantity: 1 });
const AT = '/positions/0/instrument';
const POOL_SHARE = { kind: 'liquidity', pool: 'constant_product', underlying: 'BTC', liquidity: '10' };

const PORTFOLIOS: Case[] = [
  { what: 'null', body: null, faults: [['', 'invalid_type']] },
  { what: 'an array', body: [], faults: [['', 'invalid_type']] },
  { what: 'a string', body: 'book', faults: [['', 'invalid_type']] },
  {
    what: 'nothing given',
    body: {},
    faults: [
      ['/name', 'invalid_type'],
      ['/positions', 'invalid_type'],
    ],
  },
  { what: 'an empty name', body: { ...book(), name: '' }, faults: [['/name', 'too_small']] },
  { what: 'a long name', body: { ...book(), name: 'x'.repeat(201) }, faults: [['/name', 'too_big']] },
  { what: 'U+0000 in the name', body: { ...book(), name: 'a\0b' }, faults: [['/name', 'custom']] },
  { what: 'half a surrogate pair in the name', body: { ...book(), name: 'a\ud800' }, faults: [['/name', 'custom']] },
  { what: 'a number for the name', body: { ...book(), name: 7 }, faults: [['/name', 'invalid_type']] },
  { what: 'an unknown field', body: { ...book(), nmae: 'x' }, faults: [['/nmae', 'unknown_field']] },
  { what: 'an unknown field with a slash', body: { ...book(), 'a/b~c': 1 }, faults: [['/a~1b~0c', 'unknown_field']] },
  { what: 'positions as an object', body: { ...book(), positions: {} }, faults: [['/positions', 'invalid_type']] },
  { what: 'a date for asOf', body: { ...book(), asOf: '2030-01-01' }, faults: [['/asOf', 'invalid_format']] },
  {
    what: 'a day that there is not',
    body: { ...book(), asOf: '2030-02-30T00:00:00Z' },
    faults: [['/asOf', 'invalid_format']],
  },
  { what: 'a local time', body: { ...book(), asOf: '2030-02-03T00:00:00' }, faults: [['/asOf', 'invalid_format']] },
  { what: 'an instant before 1970', body: { ...book(), asOf: '0000-01-01T00:00:00Z' }, faults: [['/asOf', 'custom']] },
  {
    what: 'an instant in the year 10000',
    body: { ...book(), asOf: '9999-12-31T23:59:59-01:00' },
    faults: [['/asOf', 'custom']],
  },
  { what: 'a position that is null', body: book(null), faults: [['/positions/0', 'invalid_type']] },
  {
    what: 'an unknown field of a position',
    body: book(position({ qty: 1 })),
    faults: [['/positions/0/qty', 'unknown_field']],
  },
  { what: 'no instrument', body: book({ quantity: 1 }), faults: [[AT, 'invalid_type']] },
  { what: 'a number for the instrument', body: held(5), faults: [[AT, 'invalid_type']] },
  {
    what: 'no quantity',
    body: book({ instrument: 'spot:BTC/USD' }),
    faults: [['/positions/0/quantity', 'invalid_type']],
  },
  { what: 'quantity zero', body: book(position({ quantity: '0.000' })), faults: [['/positions/0/quantity', 'custom']] },
  {
    what: 'quantity minus zero',
    body: book(position({ quantity: '-0' })),
    faults: [['/positions/0/quantity', 'custom']],
  },
  {
    what: 'quantity NaN',
    body: book(position({ quantity: 'NaN' })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  {
    what: 'quantity Infinity',
    body: book(position({ quantity: '-Infinity' })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  {
    what: 'quantity with an exponent, as text',
    body: book(position({ quantity: '1e3' })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  {
    what: 'quantity with a thousands separator',
    body: book(position({ quantity: '1,000' })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  {
    what: 'quantity of 19 digits',
    body: book(position({ quantity: '1'.repeat(19) })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  {
    what: 'quantity with 19 decimals',
    body: book(position({ quantity: `0.${'1'.repeat(19)}` })),
    faults: [['/positions/0/quantity', 'invalid_format']],
  },
  { what: 'quantity 1e30', body: book(position({ quantity: 1e30 })), faults: [['/positions/0/quantity', 'custom']] },
  { what: 'quantity 1e-30', body: book(position({ quantity: 1e-30 })), faults: [['/positions/0/quantity', 'custom']] },
  {
    what: 'a boolean quantity',
    body: book(position({ quantity: true })),
    faults: [['/positions/0/quantity', 'invalid_type']],
  },
  {
    what: 'a null quantity',
    body: book(position({ quantity: null })),
    faults: [['/positions/0/quantity', 'invalid_type']],
  },
  {
    what: 'quantity 1e999',
    body: undefined,
    raw: '{"name":"x","positions":[{"instrument":"spot:BTC/USD","quantity":1e999}]}',
    faults: [['/positions/0/quantity', 'invalid_type']],
  },
  { what: 'multiplier zero', body: book(position({ multiplier: 0 })), faults: [['/positions/0/multiplier', 'custom']] },
  {
    what: 'multiplier below zero',
    body: book(position({ multiplier: '-1' })),
    faults: [['/positions/0/multiplier', 'custom']],
  },
  {
    what: 'averagePrice below zero',
    body: book(position({ averagePrice: -1 })),
    faults: [['/positions/0/averagePrice', 'custom']],
  },
  {
    what: 'an empty id',
    body: book(position({ id: '' })),
    faults: [
      ['/positions/0/id', 'too_small'],
      ['/positions/0/id', 'invalid_format'],
    ],
  },
  { what: 'an id beyond ASCII', body: book(position({ id: 'é' })), faults: [['/positions/0/id', 'invalid_format']] },
  {
    what: 'an id of 121 characters',
    body: book(position({ id: 'x'.repeat(121) })),
    faults: [['/positions/0/id', 'too_big']],
  },
  {
    what: 'one instrument twice',
    body: book(position({}), position({ quantity: 2 })),
    faults: [['/positions/1/id', 'duplicate_position']],
  },
  {
    what: 'one id twice',
    body: book(position({ id: 'a' }), position({ id: 'a', instrument: 'spot:BTC/USD' })),
    faults: [['/positions/1/id', 'duplicate_position']],
  },
  { what: 'a short symbol', body: held('x'), faults: [[AT, 'too_small']] },
  { what: 'a long symbol', body: held(`deribit:${'X'.repeat(120)}`), faults: [[AT, 'too_big']] },
  { what: 'a symbol without a venue', body: held('BTC-PERPETUAL'), faults: [[AT, 'malformed_symbol']] },
  { what: 'a symbol with U+0000', body: held('deribit:BTC\0-PERPETUAL'), faults: [[AT, 'malformed_symbol']] },
  { what: 'an unknown venue', body: held('binance:BTCUSDT'), faults: [[AT, 'unknown_venue']] },
  {
    what: 'a venue that is a property of every object',
    body: held('constructor:BTC'),
    faults: [[AT, 'unknown_venue']],
  },
  { what: 'an unknown underlying', body: held('deribit:XYZ-PERPETUAL'), faults: [[AT, 'unknown_underlying']] },
  { what: 'a date that there is not', body: held('deribit:BTC-31FEB30-90000-C'), faults: [[AT, 'invalid_date']] },
  { what: 'a strike of zero', body: held('deribit:BTC-27DEC30-0-C'), faults: [[AT, 'invalid_strike']] },
  { what: 'neither call nor put', body: held('deribit:BTC-27DEC30-90000-X'), faults: [[AT, 'invalid_option_type']] },
  { what: 'an OCC symbol that is too short', body: held('occ:SPY270618C00450000'), faults: [[AT, 'malformed_symbol']] },
  { what: 'an option that had expired', body: held('deribit:BTC-27DEC24-90000-C'), faults: [[AT, 'expired']] },
  { what: 'an option that expires at asOf', body: held(option({ expiry: AS_OF })), faults: [[AT, 'expired']] },
  { what: 'terms of an unknown kind', body: held({ kind: 'swap' }), faults: [[`${AT}/kind`, 'invalid_union']] },
  { what: 'terms without a kind', body: held({}), faults: [[`${AT}/kind`, 'invalid_union']] },
  { what: 'terms with a strike of zero', body: held(option({ strike: 0 })), faults: [[`${AT}/strike`, 'custom']] },
  {
    what: 'terms with a strike below zero',
    body: held(option({ strike: '-5' })),
    faults: [[`${AT}/strike`, 'custom']],
  },
  {
    what: 'terms with a false settlement',
    body: held(option({ settlement: 'cash' })),
    faults: [[`${AT}/settlement`, 'invalid_value']],
  },
  {
    what: 'terms with a small underlying',
    body: held(option({ underlying: 'btc' })),
    faults: [[`${AT}/underlying`, 'invalid_format']],
  },
  {
    what: 'terms with a malformed expiry',
    body: held(option({ expiry: 'soon' })),
    faults: [[`${AT}/expiry`, 'invalid_format']],
  },
  {
    what: 'terms with an unknown field',
    body: held(option({ barrier: 1 })),
    faults: [[`${AT}/barrier`, 'unknown_field']],
  },
  {
    what: 'terms with several faults',
    body: held(option({ strike: 'x', optionType: 'both' })),
    faults: [
      [`${AT}/optionType`, 'invalid_value'],
      [`${AT}/strike`, 'invalid_format'],
    ],
  },
  {
    what: 'faults in several positions and fields',
    body: { ...book(position({ quantity: 0 }), position({ id: '' }), held(7).positions[0]), name: '', extra: 1 },
    faults: [
      ['/name', 'too_small'],
      ['/positions/0/quantity', 'custom'],
      ['/positions/1/id', 'too_small'],
      ['/positions/1/id', 'invalid_format'],
      ['/positions/2/instrument', 'invalid_type'],
      ['/extra', 'unknown_field'],
    ],
  },
  {
    what: 'several instruments that there are not',
    body: book(
      position({ instrument: 'nowhere:X' }),
      position({}),
      position({ instrument: 'deribit:BTC-1JAN24-1-C' }),
      position({}),
    ),
    faults: [
      ['/positions/0/instrument', 'unknown_venue'],
      ['/positions/2/instrument', 'expired'],
      ['/positions/3/id', 'duplicate_position'],
    ],
  },
];

test.each(PORTFOLIOS)('a portfolio: $what', (given) => expectFaults('post', '/v1/portfolios', given));

const market = (change: object) => ({
  asOf: AS_OF,
  source: 'test',
  underlyings: [{ underlying: 'BTC', spot: { mark: 100 }, ...change }],
});
const vol = (volatility: unknown) => market({ volatility });
const U = '/underlyings/0';

const MARKETS: Case[] = [
  {
    what: 'nothing given',
    body: {},
    faults: [
      ['/asOf', 'invalid_type'],
      ['/source', 'invalid_type'],
      ['/underlyings', 'invalid_type'],
    ],
  },
  { what: 'no underlyings', body: { ...market({}), underlyings: [] }, faults: [['/underlyings', 'too_small']] },
  { what: 'an empty source', body: { ...market({}), source: '' }, faults: [['/source', 'too_small']] },
  { what: 'U+0000 in the source', body: { ...market({}), source: 'a\0' }, faults: [['/source', 'custom']] },
  {
    what: 'half a surrogate pair in the source',
    body: { ...market({}), source: '\udc00' },
    faults: [['/source', 'custom']],
  },
  {
    what: 'U+0000 in a symbol',
    body: market({ perpetual: { mark: 1, symbol: '\0' } }),
    faults: [[`${U}/perpetual/symbol`, 'custom']],
  },
  { what: 'an unknown field', body: { ...market({}), venue: 'x' }, faults: [['/venue', 'unknown_field']] },
  {
    what: 'an unknown field of a quote',
    body: market({ spot: { mark: 1, last: 2 } }),
    faults: [[`${U}/spot/last`, 'unknown_field']],
  },
  { what: 'spot zero', body: market({ spot: { mark: 0 } }), faults: [[`${U}/spot/mark`, 'too_small']] },
  { what: 'spot below zero', body: market({ spot: { mark: -1 } }), faults: [[`${U}/spot/mark`, 'too_small']] },
  { what: 'spot as text', body: market({ spot: { mark: '100' } }), faults: [[`${U}/spot/mark`, 'invalid_type']] },
  { what: 'spot null', body: market({ spot: { mark: null } }), faults: [[`${U}/spot/mark`, 'invalid_type']] },
  {
    what: 'spot 1e999',
    body: undefined,
    raw: JSON.stringify(market({ spot: { mark: 777 } })).replace('777', '1e999'),
    faults: [[`${U}/spot/mark`, 'invalid_type']],
  },
  {
    what: 'a crossed quote',
    body: market({ spot: { mark: 1, bid: 2, ask: 1 } }),
    faults: [[`${U}/spot/bid`, 'custom']],
  },
  {
    what: 'a size below zero',
    body: market({ spot: { mark: 1, bidSize: -1 } }),
    faults: [[`${U}/spot/bidSize`, 'too_small']],
  },
  {
    what: 'forwards and carry',
    body: market({ forwards: [], carry: { rate: 0 } }),
    faults: [[`${U}/carry`, 'custom']],
  },
  { what: 'a rate out of bounds', body: market({ carry: { rate: 11 } }), faults: [[`${U}/carry/rate`, 'too_big']] },
  {
    what: 'a forward that had expired',
    body: market({ forwards: [{ expiry: AS_OF, price: 1 }] }),
    faults: [[`${U}/forwards/0/expiry`, 'expired']],
  },
  {
    what: 'a forward of zero',
    body: market({ forwards: [{ expiry: EXPIRY, price: 0 }] }),
    faults: [[`${U}/forwards/0/price`, 'too_small']],
  },
  { what: 'volatility zero', body: vol({ type: 'flat', vol: 0 }), faults: [[`${U}/volatility/vol`, 'too_small']] },
  {
    what: 'volatility below zero',
    body: vol({ type: 'flat', vol: -0.5 }),
    faults: [[`${U}/volatility/vol`, 'too_small']],
  },
  { what: 'volatility of 2,100 %', body: vol({ type: 'flat', vol: 21 }), faults: [[`${U}/volatility/vol`, 'too_big']] },
  {
    what: 'volatility as text',
    body: vol({ type: 'flat', vol: 'NaN' }),
    faults: [[`${U}/volatility/vol`, 'invalid_type']],
  },
  {
    what: 'an unknown type of volatility',
    body: vol({ type: 'sabr' }),
    faults: [[`${U}/volatility/type`, 'invalid_union']],
  },
  { what: 'volatility as a number', body: vol(0.6), faults: [[`${U}/volatility`, 'invalid_type']] },
  { what: 'no quotes', body: vol({ type: 'quotes', quotes: [] }), faults: [[`${U}/volatility/quotes`, 'too_small']] },
  {
    what: 'a quote twice',
    body: vol({
      type: 'quotes',
      quotes: [
        { expiry: EXPIRY, strike: 1, iv: 1 },
        { expiry: EXPIRY, strike: 1, iv: 2 },
      ],
    }),
    faults: [[`${U}/volatility/quotes/1`, 'duplicate']],
  },
  {
    what: 'prices that no volatility gives',
    body: market({
      forwards: [{ expiry: EXPIRY, price: 100 }],
      volatility: { type: 'prices', quotes: [{ expiry: EXPIRY, strike: 100, optionType: 'call', price: 1e6 }] },
    }),
    faults: [[`${U}/volatility/quotes/0/price`, 'no_implied_volatility']],
  },
  {
    what: 'a correlation of one',
    body: vol({ type: 'svi', slices: [{ expiry: EXPIRY, a: 0, b: 0, rho: 1, m: 0, sigma: 1 }] }),
    faults: [[`${U}/volatility/slices/0/rho`, 'too_big']],
  },
  {
    what: 'an underlying twice',
    body: { ...market({}), underlyings: Array(2).fill(market({}).underlyings[0]) },
    faults: [['/underlyings/1', 'duplicate']],
  },
  {
    what: 'an observation after the snapshot',
    body: market({ spot: { mark: 1, asOf: EXPIRY } }),
    faults: [[`${U}/spot/asOf`, 'observed_later']],
  },
];

test.each(MARKETS)('a market snapshot: $what', (given) => expectFaults('post', '/v1/market-snapshots', given));

const FLAT = { spot: 0, vol: 0 };
const ANALYSES: Case[] = [
  { what: 'an unknown field', body: { version: 1 }, faults: [['/version', 'unknown_field']] },
  { what: 'version zero', body: { portfolioVersion: 0 }, faults: [['/portfolioVersion', 'too_small']] },
  {
    what: 'a version beyond an integer',
    body: { portfolioVersion: 2 ** 31 },
    faults: [['/portfolioVersion', 'too_big']],
  },
  { what: 'a broken version', body: { portfolioVersion: 1.5 }, faults: [['/portfolioVersion', 'invalid_type']] },
  { what: 'a version that there is not', body: { portfolioVersion: 99 }, faults: [], status: 404, code: 'not_found' },
  {
    what: 'a malformed snapshot id',
    body: { marketSnapshotId: 'x' },
    faults: [['/marketSnapshotId', 'invalid_format']],
  },
  {
    what: 'a snapshot that there is not',
    body: { marketSnapshotId: NO_ID },
    faults: [],
    status: 404,
    code: 'not_found',
  },
  { what: 'a false convention', body: { deltaConvention: 'sticky' }, faults: [['/deltaConvention', 'invalid_value']] },
  {
    what: 'a fall of everything',
    body: { scenarios: { ladders: { spot: [-1] } } },
    faults: [['/scenarios/ladders/spot/0', 'too_small']],
  },
  {
    what: 'two histories',
    body: {
      scenarios: {
        valueAtRisk: { history: { moves: [FLAT, FLAT], underlyings: [{ underlying: 'X', moves: [FLAT, FLAT] }] } },
      },
    },
    faults: [['/scenarios/valueAtRisk/history', 'custom']],
  },
  {
    what: 'a snapshot to explain that there is not',
    body: { scenarios: { explain: { marketSnapshotId: NO_ID } } },
    faults: [['/scenarios/explain/marketSnapshotId', 'not_found']],
  },
];

test.each(ANALYSES)('an analysis: $what', (given) =>
  expectFaults('post', `/v1/portfolios/${ids.portfolio}/analyses`, given),
);

const PLANS: Case[] = [
  { what: 'an unknown field', body: { target: 0 }, faults: [['/target', 'unknown_field']] },
  {
    what: 'a target without an underlying',
    body: { targets: [{}] },
    faults: [['/targets/0/underlying', 'invalid_type']],
  },
  {
    what: 'an unknown underlying',
    body: { targets: [{ underlying: 'XRP' }] },
    faults: [['/targets/0/underlying', 'unknown_underlying']],
  },
  {
    what: 'U+0000 in an underlying',
    body: { targets: [{ underlying: '\0' }] },
    faults: [['/targets/0/underlying', 'custom']],
  },
  {
    what: 'an unknown quote currency',
    body: { targets: [{ underlying: 'BTC', quote: 'EUR' }] },
    faults: [['/targets/0/underlying', 'unknown_underlying']],
  },
  {
    what: 'a target twice',
    body: { targets: [{ underlying: 'BTC' }, { underlying: 'BTC', target: 1 }] },
    faults: [['/targets/1', 'duplicate_target']],
  },
  {
    what: 'a greek that cannot be hedged',
    body: { targets: [{ underlying: 'BTC', greek: 'rho' }] },
    faults: [['/targets/0/greek', 'invalid_value']],
  },
  {
    what: 'a tolerance below zero',
    body: { targets: [{ underlying: 'BTC', tolerance: -1 }] },
    faults: [['/targets/0/tolerance', 'too_small']],
  },
  {
    what: 'a target of 1e999',
    body: undefined,
    raw: '{"targets":[{"underlying":"BTC","target":1e999}]}',
    faults: [['/targets/0/target', 'invalid_type']],
  },
  {
    what: 'an instrument that there is not',
    body: { instruments: [{ instrument: 'deribit:BTC-31FEB30' }] },
    faults: [['/instruments/0/instrument', 'invalid_date']],
  },
  {
    what: 'a share of a pool as a hedge',
    body: { instruments: [{ instrument: POOL_SHARE }] },
    faults: [['/instruments/0/instrument', 'unsupported_hedge']],
  },
  {
    what: 'a future that had expired',
    body: { instruments: [{ instrument: 'deribit:BTC-27DEC24' }] },
    faults: [['/instruments/0/instrument', 'expired']],
  },
  {
    what: 'an instrument without a market',
    body: { instruments: [{ instrument: 'spot:DOGE/USD' }] },
    faults: [['/instruments/0/instrument', 'unknown_underlying']],
  },
  {
    what: 'a lot size of zero',
    body: { instruments: [{ instrument: 'spot:BTC/USD', lotSize: 0 }] },
    faults: [['/instruments/0/lotSize', 'custom']],
  },
  { what: 'a fee above the notional', body: { costs: { feeBps: 10_001 } }, faults: [['/costs/feeBps', 'too_big']] },
  { what: 'a collar of zero', body: { collarBps: 0 }, faults: [['/collarBps', 'too_small']] },
  {
    what: 'a way to rebalance that there is not',
    body: { rebalanceTo: 'middle' },
    faults: [['/rebalanceTo', 'invalid_value']],
  },
  {
    what: 'a tenor that ends before it begins',
    body: { targets: [{ underlying: 'BTC', greek: 'vega', tenorDays: { from: 30, to: 7 } }] },
    faults: [['/targets/0/tenorDays/to', 'custom']],
  },
  {
    what: 'a tenor of delta',
    body: { targets: [{ underlying: 'BTC', tenorDays: { to: 7 } }] },
    faults: [['/targets/0/tenorDays', 'mismatch']],
  },
  {
    what: 'a limit below zero',
    body: { optimise: { maxCost: { value: -1 } } },
    faults: [['/optimise/maxCost/value', 'too_small']],
  },
  {
    what: 'a range of strikes that is empty',
    body: { optimise: { options: [{ underlying: 'BTC', strikes: { from: 2, to: 1 } }] } },
    faults: [['/optimise/options/0/strikes/to', 'custom']],
  },
  {
    what: 'an unknown field of the optimiser',
    body: { optimise: { solver: 'x' } },
    faults: [['/optimise/solver', 'unknown_field']],
  },
  {
    what: 'a risk aversion of zero',
    body: { worthIt: { riskAversion: 0 } },
    faults: [['/worthIt/riskAversion', 'too_small']],
  },
  {
    what: 'a policy that there is not',
    body: { policyId: NO_ID },
    faults: [],
    status: 404,
    code: 'not_found',
  },
  { what: 'an analysis that there is not', body: { analysisId: NO_ID }, faults: [], status: 404, code: 'not_found' },
  {
    what: 'a snapshot that there is not',
    body: { marketSnapshotId: NO_ID },
    faults: [],
    status: 404,
    code: 'not_found',
  },
];

test.each(PLANS)('a hedge plan: $what', (given) =>
  expectFaults('post', `/v1/portfolios/${ids.portfolio}/hedge-plans`, given),
);

test('a hedge plan that contradicts its analysis', () =>
  expectFaults('post', `/v1/portfolios/${ids.portfolio}/hedge-plans`, {
    what: '',
    body: {
      analysisId: ids.analysis,
      portfolioVersion: 2,
      marketSnapshotId: NO_ID,
      deltaConvention: 'premium_adjusted',
    },
    faults: ['portfolioVersion', 'marketSnapshotId', 'deltaConvention'].map((field) => [
      `/${field}`,
      expect.any(String),
    ]),
  }));

const band = { kind: 'delta_tolerance', tolerance: 1 };
const POLICIES: Case[] = [
  { what: 'no policy', body: { name: 'x' }, faults: [['/policy', 'invalid_type']] },
  { what: 'no name', body: { policy: band }, faults: [['/name', 'invalid_type']] },
  { what: 'U+0000 in the name', body: { name: '\0', policy: band }, faults: [['/name', 'custom']] },
  {
    what: 'an unknown field of a policy',
    body: { name: 'x', policy: { ...band, width: 1 } },
    faults: [['/policy/width', 'unknown_field']],
  },
  {
    what: 'a fault in a rule of a rule',
    body: { name: 'x', policy: { kind: 'all_of', of: [{ kind: 'not', of: [{ kind: 'interval' }] }] } },
    faults: [['/policy/of/0/of/0', 'custom']],
  },
  {
    what: 'a cost below zero',
    body: { name: 'x', policy: { ...band, costs: { feeBps: -1 } } },
    faults: [['/policy/costs/feeBps', 'too_small']],
  },
  {
    what: 'an instrument that there is not',
    body: { name: 'x', policy: { ...band, instruments: { sell: 'x:y' } } },
    faults: [['/policy/instruments/sell', 'unknown_venue']],
  },
];

test.each(POLICIES)('a hedge policy: $what', (given) => expectFaults('post', '/v1/hedge-policies', given));

const backtest = (change: object) => ({
  paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.2, count: 10 },
  ...{ market: { vol: 0.2 }, monitoringSteps: 2, horizonYears: 0.1 },
  book: [{ type: 'call', strike: 100, expiryYears: 0.1, quantity: '-1' }],
  strategies: [{ name: 'x', policy: band }],
  ...change,
});
const BACKTESTS: Case[] = [
  { what: 'an array', body: [], faults: [['', 'invalid_type']] },
  { what: 'an unknown field', body: backtest({ seed: 1 }), faults: [['/seed', 'unknown_field']] },
  { what: 'no market', body: backtest({ market: undefined }), faults: [['/market', 'custom']] },
  { what: 'no strategies', body: backtest({ strategies: [] }), faults: [['/strategies', 'too_small']] },
  {
    what: 'a volatility of zero',
    body: backtest({ market: { vol: 0 } }),
    faults: [['/market/vol', 'too_small']],
  },
  {
    what: 'a quantity of 1e999',
    body: undefined,
    raw: JSON.stringify(backtest({})).replace('"-1"', '1e999'),
    faults: [['/book/0/quantity', 'invalid_type']],
  },
  {
    what: 'a policy that there is not',
    body: backtest({ strategies: [{ name: 'x', policyId: NO_ID }] }),
    faults: [],
    status: 404,
    code: 'not_found',
  },
];

test.each(BACKTESTS)('a backtest: $what', (given) => expectFaults('post', '/v1/backtests', given));

const EXECUTIONS: Case[] = [
  { what: 'an unknown venue', body: { venue: 'moon' }, faults: [['/venue', 'invalid_value']] },
  { what: 'a venue without an account', body: { venue: 'binance' }, faults: [['/accountId', 'custom']] },
  { what: 'a limit of nothing', body: { limits: { collarBps: 0 } }, faults: [['/limits/collarBps', 'too_small']] },
  { what: 'participation zero', body: { participation: 0 }, faults: [['/participation', 'too_small']] },
  { what: 'participation above one', body: { participation: 1.1 }, faults: [['/participation', 'too_big']] },
  { what: 'an unknown field', body: { dryRun: true }, faults: [['/dryRun', 'unknown_field']] },
];

test.each(EXECUTIONS)('an execution: $what', (given) =>
  expectFaults('post', `/v1/hedge-plans/${ids.plan}/execution`, given),
);

const KEYS: Case[] = [
  { what: 'no scopes', body: { name: 'x', scopes: [] }, faults: [['/scopes', 'too_small']] },
  { what: 'a scope that there is not', body: { name: 'x', scopes: ['all'] }, faults: [['/scopes/0', 'invalid_value']] },
  {
    what: 'the scope of the operator',
    body: { name: 'x', scopes: ['operator'] },
    faults: [['/scopes/0', 'invalid_value']],
  },
  { what: 'U+0000 in the name', body: { name: '\0', scopes: ['admin'] }, faults: [['/name', 'custom']] },
  { what: 'scopes as a word', body: { name: 'x', scopes: 'admin' }, faults: [['/scopes', 'invalid_type']] },
];

test.each(KEYS)('an API key: $what', (given) => expectFaults('post', '/v1/api-keys', given));

test.each<Case>([
  { what: 'U+0000 in the name', body: { name: '\0' }, faults: [['/name', 'custom']] },
  { what: 'no name', body: {}, faults: [['/name', 'invalid_type']] },
])('a tenant: $what', (given) => expectFaults('post', '/v1/tenants', given));

test.each<Case>([
  { what: 'no URL', body: {}, faults: [['/url', 'invalid_type']] },
  { what: 'not a URL', body: { url: 'desk' }, faults: [['/url', 'url_not_allowed']] },
  { what: 'U+0000 in the URL', body: { url: 'https://desk.example.com/\0' }, faults: [['/url', 'custom']] },
  {
    what: 'half a surrogate pair in the URL',
    body: { url: 'https://desk.example.com/\ud800' },
    faults: [['/url', 'custom']],
  },
  {
    what: 'U+0000 in the description',
    body: { url: 'https://desk.example.com', description: '\0' },
    faults: [['/description', 'custom']],
  },
  {
    what: 'an unknown event type',
    body: { url: 'https://desk.example.com', eventTypes: ['x'] },
    faults: [['/eventTypes/0', 'invalid_value']],
  },
])('a webhook endpoint: $what', (given) => expectFaults('post', '/v1/webhook-endpoints', given));

test.each<Case>([
  { what: 'an unknown field', body: position({ id: 'x' }), faults: [['/id', 'unknown_field']] },
  {
    what: 'an instrument that there is not',
    body: position({ instrument: 'x:y' }),
    faults: [['/instrument', 'unknown_venue']],
  },
  {
    what: 'several faults',
    body: { quantity: 0, multiplier: 'x' },
    faults: [
      ['/instrument', 'invalid_type'],
      ['/quantity', 'custom'],
      ['/multiplier', 'invalid_format'],
    ],
  },
])('a position: $what', (given) => expectFaults('put', `/v1/portfolios/${ids.portfolio}/positions/p`, given));

test('a book of positions to replace the old one', () =>
  expectFaults('put', `/v1/portfolios/${ids.portfolio}/positions`, {
    what: '',
    body: { positions: [...POSITIONS, POSITIONS[0]] },
    faults: [['/positions/5/id', 'duplicate_position']],
  }));

test.each([
  ['of shape', Array.from({ length: 150 }, () => ({ quantity: 0 }))],
  ['of meaning', Array.from({ length: 150 }, (_, i) => ({ id: `p${i}`, instrument: `nowhere:${i}`, quantity: 1 }))],
])('of more than a hundred faults %s exactly a hundred are told', async (_, positions) => {
  const answer = await app.api().post('/v1/portfolios').send({ name: 'x', positions }).expect(422);
  expect(answer.body.errors).toHaveLength(100);
});

test('what was refused left nothing behind', async () => {
  const { body } = await app.api().get('/v1/portfolios').expect(200);
  expect(body.items).toMatchObject([{ id: ids.portfolio, version: 1 }]);
  expect((await app.api().get('/v1/market-snapshots').expect(200)).body.items).toHaveLength(1);
  for (const list of ['hedge-policies', 'backtests'])
    expect((await app.api().get(`/v1/${list}`).expect(200)).body.items, list).toEqual([]);
});
