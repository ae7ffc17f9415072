import { buildSchema, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSchema } from '../../../src/platform/graphql.ts';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

const schema = buildSchema((await readSchema()).join('\n'));

function everythingOf(type: GraphQLOutputType): string {
  if (isNonNullType(type) || isListType(type)) return everythingOf(type.ofType);
  if (!isObjectType(type)) return '';
  return `{ ${Object.values(type.getFields())
    .map((field) => `${field.name} ${everythingOf(field.type)}`)
    .join(' ')} }`;
}

let app: GraphqlApp;
let portfolioId: string;
let later: string;
beforeAll(async () => {
  app = await startGraphqlApp();
  later = (await app.api().post('/v1/market-snapshots').send(MARKET).expect(201)).body.id;
  await app
    .api()
    .post('/v1/market-snapshots')
    .send({ ...MARKET, asOf: '2030-11-01T09:00:00Z' })
    .expect(201);
  portfolioId = (await app.api().post('/v1/portfolios').send(PORTFOLIO).expect(201)).body.id;
});
afterAll(() => app.stop());

const CREATE = 'mutation ($id: ID!, $input: AnalysisInput!) { createAnalysis(portfolioId: $id, input: $input) { id } }';

test('every part is asked for and answered as in REST', async () => {
  const scenarios = {
    volMoves: 'relative',
    ladders: { spot: [-0.1, 0.1], vol: [0.1], time: [1] },
    matrix: { spot: [0, 0.1], vol: [0, 0.1], days: null },
    vegaBuckets: { tenorDays: [30, 60] },
    stress: { names: ['ftx', 'luna'], custom: [{ name: 'mine', spot: 0.1, vol: 0.1 }] },
    valueAtRisk: {
      confidences: [0.9],
      history: {
        underlyings: [
          {
            underlying: 'BTC',
            moves: [
              { at: MARKET.asOf, spot: 0, vol: 0 },
              { spot: 0.1, vol: 0.1 },
            ],
          },
        ],
      },
    },
    explain: { marketSnapshotId: later },
  };
  const { createAnalysis } = await app.data(CREATE, { id: portfolioId, input: { scenarios } });
  const path = `/v1/analyses/${createAnalysis.id}`;
  await app.ended(path);
  const fields = everythingOf(schema.getType('Scenarios') as GraphQLOutputType);
  const query = `query ($id: ID!) { analysis(id: $id) { result { scenarios ${fields} } } }`;
  const { analysis } = await app.data(query, { id: createAnalysis.id });
  const { body } = await app.api().get(path).expect(200);
  expect(analysis.result.scenarios).toEqual(body.result.scenarios);
  const { volMoves: _unit, ...parts } = analysis.result.scenarios;
  expect(Object.entries(parts).filter(([, part]) => part === null)).toEqual([]);
});

test('a fault is told at its pointer', async () => {
  const { body } = await app.ask(CREATE, {
    id: portfolioId,
    input: { scenarios: { volMoves: 'relative', matrix: { spot: [0], vol: [0, -2] } } },
  });
  expect(body.errors![0]!.extensions).toMatchObject({
    code: 'validation_failed',
    errors: [{ pointer: '/scenarios/matrix/vol/1' }],
  });
});
