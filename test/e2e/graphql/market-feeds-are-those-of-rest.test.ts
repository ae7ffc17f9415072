import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGraphqlApp, type GraphqlApp } from './support.ts';

let app: GraphqlApp;

beforeAll(async () => void (app = await startGraphqlApp()));
afterAll(() => app.stop());

const FIELDS = `id status request snapshots lastSnapshot { id asOf createdAt leftOut } consecutiveFailures
  lastError { at detail } nextAt createdAt updatedAt`;

it('a feed is created, read, paused, resumed and removed as REST does it', async () => {
  const input = { kind: 'deribit', currencies: ['BTC'], transport: 'websocket', everySeconds: 3_600 };
  const create = `mutation ($input: JSON!) { createMarketFeed(input: $input) { ${FIELDS} } }`;
  const { id } = (await app.data(create, { input })).createMarketFeed;
  const pause = `mutation ($id: ID!) { pauseMarketFeed(id: $id) { ${FIELDS} } }`;
  const paused = (await app.data(pause, { id })).pauseMarketFeed;
  expect(paused).toMatchObject({ status: 'paused', request: input, nextAt: null });
  expect((await app.api().get(`/v1/market-feeds/${id}`).expect(200)).body).toEqual(paused);
  const { marketFeed, marketFeeds } = await app.data(
    `query ($id: ID!) { marketFeed(id: $id) { ${FIELDS} } marketFeeds { edges { node { id } } } }`,
    { id },
  );
  expect(marketFeed).toEqual(paused);
  expect(marketFeeds.edges).toEqual([{ node: { id } }]);
  const resume = 'mutation ($id: ID!) { resumeMarketFeed(id: $id) { status } }';
  expect((await app.data(resume, { id })).resumeMarketFeed).toEqual({ status: 'active' });
  expect(await app.data('mutation ($id: ID!) { deleteMarketFeed(id: $id) }', { id })).toEqual({ deleteMarketFeed: id });
  expect(await app.data('query ($id: ID!) { marketFeed(id: $id) { id } }', { id })).toEqual({ marketFeed: null });
});

it('a faulty one is refused as REST refuses it', async () => {
  const { body } = await app.ask('mutation { createMarketFeed(input: { kind: "replay", recording: "none" }) { id } }');
  expect(body.errors?.[0]?.extensions).toMatchObject({
    code: 'validation_failed',
    errors: [{ pointer: '/recording', code: 'unknown_recording' }],
  });
});
