import { getIntrospectionQuery } from 'graphql';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
});
afterAll(() => app.stop());

const ID = '"01a00000-0000-7000-8000-000000000000"';
const repeat = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const deep = (levels: number) => `{ portfolio(id: ${ID}) ${nest(levels - 1)} }`;
const nest = (levels: number): string => {
  if (levels === 0) return '{ id }';
  return levels < 3
    ? `{ ... on Portfolio { id } }`
    : `{ analyses(first: 1) { edges { node { portfolio ${nest(levels - 4)} } } } }`;
};

async function refusal(query: string, variables?: object) {
  const { status, body } = await app.ask(query, variables);
  return body.errors && { status, code: body.errors[0]!.extensions.code, data: body.data };
}
const REFUSED = { status: 400, code: 'query_too_complex', data: undefined };

test('a query may be ten levels of objects deep', async () => {
  expect(await refusal(deep(9))).toBeUndefined();
  expect(await refusal(deep(13))).toEqual(REFUSED);
  const inFragments = `query { portfolio(id: ${ID}) { ...A } } fragment A on Portfolio { analyses { edges { node { portfolio { ...B } } } } }
    fragment B on Portfolio { analyses { edges { node { portfolio { ...C } } } } } fragment C on Portfolio { analyses { edges { node { id } } } }`;
  expect(await refusal(inFragments)).toEqual(REFUSED);
});

test('fragments that go in circles are refused, not followed', async () => {
  const circle = `{ portfolio(id: ${ID}) { ...A } } fragment A on Portfolio { analyses { edges { node { portfolio { ...A } } } } }`;
  expect(await refusal(circle)).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('a query may have thirty aliases', async () => {
  const aliases = (count: number) => `{ portfolio(id: ${ID}) { ${repeat(count, (i) => `a${i}: id`)} } }`;
  expect(await refusal(aliases(30))).toBeUndefined();
  expect(await refusal(aliases(31))).toEqual(REFUSED);
});

test('a query may have ten root fields, wherever they stand', async () => {
  const fields = (count: number) => repeat(count, (i) => `a${i}: portfolio(id: ${ID}) { id }`);
  expect(await refusal(`{ ${fields(10)} }`)).toBeUndefined();
  expect(await refusal(`{ ${fields(11)} }`)).toEqual(REFUSED);
  expect(await refusal(`{ ...F } fragment F on Query { ${fields(11)} }`)).toEqual(REFUSED);
  expect(await refusal(`{ ${repeat(11, () => `portfolio(id: ${ID}) { id }`)} }`)).toEqual(REFUSED);
});

test('a query costs the objects that it may answer', async () => {
  const nested =
    'query ($a: Int, $b: Int) { portfolios(first: $a) { edges { node { positions(first: $b) { edges { node { id } } } } } } }';
  expect(await refusal(nested, { a: 50, b: 50 })).toBeUndefined();
  expect(await refusal(nested, { a: 200, b: 200 })).toEqual(REFUSED);
  expect(await refusal(nested)).toBeUndefined();
  expect(await refusal(nested, { a: null, b: 200 })).toEqual(REFUSED);
  expect(
    await refusal(
      `{ cheap: portfolios(first: -100000) { edges { node { id } } } ${nested
        .slice(nested.indexOf('{') + 1)
        .replaceAll('$a', '200')
        .replaceAll('$b', '200')}`,
    ),
  ).toEqual(REFUSED);
});

test('pages of position Greeks are dear', async () => {
  const greeks =
    'query ($n: Int) { portfolios(first: 1) { edges { node { analyses(first: $n) { edges { node { positionGreeks(first: 1) { edges { node { value } } } } } } } } } }';
  expect(await refusal(greeks, { n: 40 })).toBeUndefined();
  expect(await refusal(greeks, { n: 60 })).toEqual(REFUSED);
});

test('fragments that unfold without end are refused', async () => {
  const doubling = repeat(14, (i) => `fragment F${i} on Portfolio { ...F${i + 1} ... on Portfolio { ...F${i + 1} } }`);
  expect(await refusal(`{ portfolio(id: ${ID}) { ...F0 } } ${doubling} fragment F14 on Portfolio { id }`)).toEqual(
    REFUSED,
  );
});

test('a query may have four thousand tokens', async () => {
  const tokens = (count: number) => `mutation { createMarketSnapshot(data: [${repeat(count, () => '1')}]) { id } }`;
  expect(await refusal(tokens(3_900))).toMatchObject({ status: 200, code: 'validation_failed' });
  expect(await refusal(tokens(4_000))).toEqual(REFUSED);
});

test('a query that repeats one field thousands of times is refused', async () => {
  expect(await refusal(`{ portfolio(id: ${ID}) { ${repeat(3_900, () => 'id')} } }`)).toEqual(REFUSED);
});

test('a request may have 100 kB', async () => {
  const { status, body } = await app.ask('query ($id: ID!) { portfolio(id: $id) { id } }', { id: 'x'.repeat(100_000) });
  expect([status, body.errors![0]!.extensions.code]).toEqual([413, 'payload_too_large']);
});

test('introspection and GraphiQL work', async () => {
  const { __schema } = await app.data(
    getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
  );
  expect(__schema.types.length).toBeGreaterThan(50);
  await supertest(app.ballast.http.server).get('/graphiql').expect(200).expect('content-type', /html/);
});
