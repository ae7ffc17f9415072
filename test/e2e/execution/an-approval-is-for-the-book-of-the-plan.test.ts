import { afterAll, beforeAll, expect, test } from 'vitest';
import { plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('a plan is not approved for a book that has changed since', async () => {
  stage.follow(filled);
  const { portfolioId, plan } = await plannedHedge(stage.app);
  const api = stage.app.api();
  const { body } = await api.post(`/v1/hedge-plans/${plan.id}/execution`).send({ mode: 'approve' }).expect(202);
  // The client closes everything that the plan hedges.
  const { body: book } = await api.get(`/v1/portfolios/${portfolioId}`);
  await api.put(`/v1/portfolios/${portfolioId}/positions`).set('if-match', `"${book.version}"`).send({ positions: [] });
  const approval = await api.post(`/v1/executions/${body.id}/approval`).send({});
  await new Promise((wait) => setTimeout(wait, 1_500));
  expect(stage.calls.submit, 'nothing is sent').toBe(0);
  expect(approval.status).toBe(409);
});
