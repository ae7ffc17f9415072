import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MARKET, PORTFOLIO } from '../../support/fixtures.ts';
import {
  asInput,
  CREATE_ANALYSIS,
  CREATE_MARKET,
  CREATE_PLAN,
  CREATE_PORTFOLIO,
  EXECUTE,
  startGraphqlApp,
  type GraphqlApp,
} from './support.ts';

const EVERYTHING = `query ($first: Int) { portfolios(first: $first) { edges { node {
  id
  positions(first: 2) { edges { node { id symbol } } pageInfo { hasNextPage endCursor } }
  analyses(first: 2) { edges { node { id portfolio { id } positionGreeks(first: 3) { edges { node { positionId symbol value } } } } } }
  hedgePlans(first: 2) { edges { node { id portfolio { id } analysis { id } execution { id hedgePlan { id } portfolio { id } orders { id } } } } }
  orders(first: 2) { edges { node { id fills { tradeId } transitions { to } } } }
} } } }`;
const BOOKS = 3;

let app: GraphqlApp;
beforeAll(async () => {
  app = await startGraphqlApp();
  await app.data(CREATE_MARKET, { data: MARKET });
  for (let i = 0; i < BOOKS; i++) await hedgedBook();
});
afterAll(() => app.stop());

async function hedgedBook(): Promise<void> {
  const { createPortfolio: portfolio } = await app.data(CREATE_PORTFOLIO, { input: asInput(PORTFOLIO) });
  for (let i = 0; i < 2; i++) {
    const { createAnalysis: analysis } = await app.data(CREATE_ANALYSIS, { id: portfolio.id });
    await app.ended(`/v1/analyses/${analysis.id}`);
    const { createHedgePlan: plan } = await app.data(CREATE_PLAN, {
      id: portfolio.id,
      input: { analysisId: analysis.id },
    });
    await app.ended(`/v1/hedge-plans/${plan.id}`);
    if (i === 0) continue;
    const { executeHedgePlan: execution } = await app.data(EXECUTE, { id: plan.id });
    await app.ended(`/v1/executions/${execution.id}`);
  }
}

/** What the service asks again and again, whoever calls. */
const LOOPS = [
  ...['pg_snapshot', 'FROM outbox', "status = 'waiting'", 'FROM venue_account'],
  ...['FROM event_cursor', 'WITH load AS', 'FROM monitor', 'FROM feed'],
];
/** What comes more seldom may fall into one take, and only adds to it. */
const TAKES = 3;

async function leastOf(work: () => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let take = 0; take < TAKES; take++) counts.push((await statementsOf(work)).length);
  return Math.min(...counts);
}

async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const texts = spy.mock.calls.map(([query]) =>
      typeof query === 'string' ? query : String((query as { text: string }).text),
    );
    return texts.filter((text) => /^(SELECT|WITH)/.test(text) && !LOOPS.some((part) => text.includes(part)));
  } finally {
    spy.mockRestore();
  }
}

test('nested lists take as many statements for three portfolios as for one', async () => {
  await app.data(EVERYTHING, { first: 1 }); // the key is looked up before it is remembered
  const one = await leastOf(() => app.data(EVERYTHING, { first: 1 }));
  const three = await leastOf(async () => {
    const { portfolios } = await app.data(EVERYTHING, { first: BOOKS });
    expect(portfolios.edges).toHaveLength(BOOKS);
    for (const { node } of portfolios.edges) {
      expect(node.positions).toMatchObject({ edges: [{}, {}], pageInfo: { hasNextPage: true } });
      expect(node.analyses.edges).toHaveLength(2);
      for (const { node: analysis } of node.analyses.edges) {
        expect(analysis.portfolio.id).toBe(node.id);
        expect(analysis.positionGreeks.edges).toHaveLength(3);
        for (const { node: greeks } of analysis.positionGreeks.edges) expect(greeks.symbol).not.toBe('');
      }
      const [newest, first] = node.hedgePlans.edges;
      expect(newest.node).toMatchObject({
        portfolio: { id: node.id },
        execution: { hedgePlan: { id: newest.node.id }, portfolio: { id: node.id } },
      });
      expect(first.node.execution).toBeNull();
      expect(newest.node.analysis.id).toBe(node.analyses.edges[0].node.id);
      expect(node.orders.edges.length).toBeGreaterThan(0);
      for (const { node: order } of node.orders.edges)
        expect([order.fills.length > 0, order.transitions.length]).toEqual([true, 4]);
    }
  });
  expect(three).toBe(one);
  expect(one).toBeLessThan(20);
});
