import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plannedHedge } from '../../support/hedge.ts';
import { filled, startScripted, type Scripted } from './scripted.ts';

let stage: Scripted;
beforeAll(async () => {
  stage = await startScripted();
});
afterAll(() => stage.stop());

test('an approval that was given in time is not undone by the expiry that was under way', async () => {
  stage.follow(filled);
  const { plan } = await plannedHedge(stage.app);
  const request = { mode: 'approve', approval: { expiresInSeconds: 1 } };
  const { body } = await stage.app.api().post(`/v1/hedge-plans/${plan.id}/execution`).send(request).expect(202);
  // The transaction of approve(): the row locked before the deadline, committed shortly after it.
  const client = new pg.Client({ connectionString: stage.app.config.databaseUrl! });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT * FROM execution WHERE id = $1 FOR UPDATE', [body.id]);
  await new Promise((wait) => setTimeout(wait, 2_500));
  await client.query(
    `UPDATE execution SET status = 'queued', waiting_for = NULL, deadline = NULL, approved_at = now() WHERE id = $1`,
    [body.id],
  );
  await client.query('COMMIT');
  await client.end();
  await new Promise((wait) => setTimeout(wait, 500));
  const { body: now } = await stage.app.api().get(`/v1/executions/${body.id}`);
  expect(now.status).not.toBe('cancelled');
});
