import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Execution } from '../../../src/execution/model.ts';
import { startReceiver, startTestApp, type TestApp } from '../../support/app.ts';
import { contractOf, type Contract } from '../../support/contract.ts';
import { MARKET } from '../../support/fixtures.ts';
import { execute, plannedHedge } from '../../support/hedge.ts';

// What one tenant has, another cannot see, list or change: neither through the interface nor through its database role.

let app: TestApp;
let hooks: Awaited<ReturnType<typeof startReceiver>>;
let contract: Contract;
let stranger: string;
let database: pg.Client;
const tenants = { owner: '', stranger: '' };
/** Of the owner, by the part of the path before the id. */
const ids: Record<string, string> = {};

const POLICY = { name: 'mine', policy: { kind: 'stop_loss' } };
const BACKTEST = {
  paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.2, count: 10 },
  market: { vol: 0.2 },
  ...{ monitoringSteps: 2, horizonYears: 0.1 },
  book: [{ type: 'call', strike: 100, expiryYears: 0.1, quantity: '-1' }],
  strategies: [{ name: 'mine', policy: POLICY.policy }],
};

beforeAll(async () => {
  [app, hooks] = await Promise.all([startTestApp(), startReceiver()]);
  contract = contractOf(app);
  stranger = await app.otherTenant();
  const endpoint = await app.api().post('/v1/webhook-endpoints').send({ url: hooks.url }).expect(201);
  hooks.use(endpoint.body.secret);
  const { portfolioId, plan } = await plannedHedge(app);
  const execution: Execution = await execute(app, plan.id);
  const analysis = await app.api().post(`/v1/portfolios/${portfolioId}/analyses`).send({}).expect(202);
  await app.ended(`/v1/analyses/${analysis.body.id}`);
  const ping = await app.api().post(`/v1/webhook-endpoints/${endpoint.body.id}/ping`).expect(202);
  await hooks.wait('ping');
  const policy = await app.api().post('/v1/hedge-policies').send(POLICY).expect(201);
  const backtest = await app.api().post('/v1/backtests').send(BACKTEST).expect(202);
  await app.ended(`/v1/backtests/${backtest.body.id}`);
  const credentials = { venue: 'deribit', apiKey: 'id', apiSecret: 'secret' };
  const account = await app.api().post('/v1/venue-accounts').send({ name: 'desk', credentials }).expect(201);
  const watched = { portfolioId, plan: { policy: { kind: 'stop_loss' } }, execution: { mode: 'dry_run' } };
  const monitor = await app.api().post('/v1/monitors').send(watched).expect(201);
  const feed = await app
    .api()
    .post('/v1/market-feeds')
    .send({ kind: 'deribit', currencies: ['BTC'] })
    .expect(201);
  const [snapshot] = (await app.api().get('/v1/market-snapshots').expect(200)).body.items;
  const [key] = (await app.api().get('/v1/api-keys').expect(200)).body.items;
  await app.api().post('/v1/portfolios').set('idempotency-key', 'k').send({ name: 'x', positions: [] }).expect(201);
  Object.assign(ids, {
    portfolios: portfolioId,
    'hedge-plans': plan.id,
    executions: execution.id,
    orders: execution.orders[0]!.id,
    analyses: analysis.body.id,
    'webhook-endpoints': endpoint.body.id,
    'webhook-deliveries': ping.body.id,
    'market-snapshots': snapshot.id,
    'api-keys': key.id,
    'hedge-policies': policy.body.id,
    backtests: backtest.body.id,
    'venue-accounts': account.body.id,
    monitors: monitor.body.id,
    'market-feeds': feed.body.id,
  });
  database = new pg.Client({ connectionString: app.config.databaseUrl });
  await database.connect();
  const { rows } = await database.query('SELECT id FROM tenant ORDER BY id');
  [tenants.owner, tenants.stranger] = rows.map(({ id }) => id as string) as [string, string];
});
afterAll(async () => {
  await database.end();
  hooks.close();
  await app.stop();
});

const BODIES: Record<string, object> = {
  createAnalysis: {},
  createHedgePlan: {},
  executeHedgePlan: {},
  approveExecution: {},
  signOrder: { signed: '0x00' },
  replacePositions: { positions: [] },
  putPosition: { instrument: 'spot:BTC/USD', quantity: 1 },
  replaceHedgePolicy: POLICY,
};

test('every operation on an id of another tenant answers 404, and changes nothing', async () => {
  const operations = contract.operations.filter(({ path }) => path.includes('{id}'));
  const snapshot = async () =>
    JSON.stringify(
      await Promise.all(
        ['portfolios', 'api-keys', 'webhook-endpoints', 'orders', 'hedge-policies', 'backtests', 'venue-accounts'].map(
          async (list) => (await app.api().get(`/v1/${list}`)).body,
        ),
      ),
    );
  const before = await snapshot();
  for (const { operationId, method, path } of operations) {
    const id = ids[path.split('/')[2]!];
    expect(id, path).toBeDefined();
    const url = path
      .replace('{id}', id!)
      .replace('{positionId}', encodeURIComponent('spot:BTC/USD'))
      .replace('{underlying}', 'BTC');
    const request = app.api(stranger)[method](url).set('if-match', '*');
    const answer = await (operationId === 'replacePositionsFromCsv'
      ? request.set('content-type', 'text/csv').send('instrument,quantity\n')
      : BODIES[operationId]
        ? request.send(BODIES[operationId])
        : request);
    expect(answer.status, `${operationId}: ${answer.text}`).toBe(404);
    contract.expectAnswer(operationId, answer);
    if (method === 'get') expect((await app.api().get(url)).status, operationId).toBe(200);
  }
  expect(await snapshot()).toBe(before);
});

test('ids of another tenant within a body are unknown', async () => {
  const { id } = (await app.api(stranger).post('/v1/portfolios').send({ name: 'x', positions: [] }).expect(201)).body;
  const post = (what: string, body: object) => app.api(stranger).post(`/v1/portfolios/${id}/${what}`).send(body);
  await post('analyses', {}).expect(409); // the other tenant's snapshot is not the latest here
  await post('analyses', { marketSnapshotId: ids['market-snapshots'] }).expect(404);
  await post('hedge-plans', { marketSnapshotId: ids['market-snapshots'] }).expect(404);
  await post('hedge-plans', { analysisId: ids['analyses'] }).expect(404);
});

test('nor can policies and snapshots of another tenant be used', async () => {
  const another = await app.otherTenant();
  const { post, get } = app.api(another);
  await post('/v1/market-snapshots').send(MARKET).expect(201);
  const { id } = (await post('/v1/portfolios').send({ name: 'x', positions: [] }).expect(201)).body;
  const policyId = ids['hedge-policies'];
  await post(`/v1/portfolios/${id}/hedge-plans`).send({ policyId }).expect(404);
  const strategies = [{ name: 'theirs', policyId }];
  await post('/v1/backtests')
    .send({ ...BACKTEST, strategies })
    .expect(404);
  for (const end of ['from', 'to'])
    await get(`/v1/portfolios/${id}/ledger?${end}=${ids['market-snapshots']}`).expect(404);
});

test('lists hold nothing of another tenant', async () => {
  const lists = [
    'market-snapshots',
    'orders',
    'webhook-endpoints',
    'events',
    'hedge-policies',
    'backtests',
    'venue-accounts',
    'monitors',
    'market-feeds',
  ];
  for (const list of ['portfolios', 'api-keys', ...lists]) {
    const [mine, theirs] = await Promise.all(
      [app.key, stranger].map(
        async (key) => (await app.api(key).get(`/v1/${list}`).expect(200)).body.items as { id: string }[],
      ),
    );
    expect(mine!.length, list).toBeGreaterThan(0);
    for (const { id } of theirs!) expect(mine!.map((item) => item.id)).not.toContain(id);
    if (lists.includes(list)) expect(theirs, list).toEqual([]);
  }
  expect((await app.api(stranger).get(`/v1/orders?portfolioId=${ids['portfolios']}`).expect(200)).body.items).toEqual(
    [],
  );
});

/** Every table with a tenant, however young. */
async function tenantTables(): Promise<string[]> {
  const { rows } = await database.query(
    `SELECT table_name FROM information_schema.columns JOIN pg_tables ON schemaname = table_schema AND tablename = table_name
     WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY table_name`,
  );
  return rows.map(({ table_name: name }) => name as string);
}

/** Runs as the role of requests, for a tenant or for none, and rolls back. */
async function asTenant<T>(tenantId: string | undefined, work: () => Promise<T>): Promise<T> {
  await database.query('BEGIN');
  try {
    await database.query('SET LOCAL ROLE ballast_tenant');
    if (tenantId) await database.query(`SET LOCAL ballast.tenant = '${tenantId}'`);
    return await work();
  } finally {
    await database.query('ROLLBACK');
  }
}

test('every table with a tenant is protected, also from its owner’s forgetfulness', async () => {
  const tables = await tenantTables();
  expect(tables.length).toBeGreaterThanOrEqual(17);
  for (const table of tables) {
    const { rows } = await database.query(
      `SELECT relrowsecurity, array_agg(polcmd::text) AS commands, array_agg(pg_get_expr(polwithcheck, polrelid)) AS checks
       FROM pg_class LEFT JOIN pg_policy ON polrelid = pg_class.oid WHERE relname = $1 AND relnamespace = 'public'::regnamespace GROUP BY 1`,
      [table],
    );
    expect(rows, table).toEqual([
      { relrowsecurity: true, commands: ['*'], checks: ['(tenant_id = current_tenant())'] },
    ]);
  }
});

test('the role of requests sees rows of its tenant alone, and none without a tenant', async () => {
  const seen: string[] = [];
  for (const table of await tenantTables()) {
    const count = async () =>
      Number(
        (await database.query(`SELECT count(*) FROM ${table} WHERE tenant_id = $1`, [tenants.owner])).rows[0].count,
      );
    const all = await count();
    if (all > 0) seen.push(table);
    expect(await asTenant(tenants.owner, count), table).toBe(all);
    expect(await asTenant(tenants.stranger, count), table).toBe(0);
    expect(await asTenant(undefined, count), table).toBe(0);
  }
  expect(seen).toEqual(
    expect.arrayContaining([
      'portfolio',
      'position',
      'analysis_shard',
      'hedge_plan',
      'hedge_policy',
      'hedge_policy_version',
      'backtest',
      'backtest_shard',
      'fill',
      'event',
      'webhook_attempt',
      'idempotency_key',
    ]),
  );
});

test('the role of requests cannot write, change or remove rows of another tenant', async () => {
  for (const table of await tenantTables()) {
    const { rows } = await database.query(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE tenant_id = $1 LIMIT 1`, [
      tenants.owner,
    ]);
    if (rows.length === 0) continue;
    const copy = () =>
      database.query(
        `INSERT INTO "${table}" OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::"${table}", $1)`,
        [rows[0].row],
      );
    await expect(asTenant(tenants.stranger, copy), table).rejects.toThrow(/row-level security/);
    for (const statement of [`DELETE FROM ${table}`, `UPDATE ${table} SET tenant_id = tenant_id`]) {
      const touched = await asTenant(tenants.stranger, async () => {
        const query = database.query(`${statement} WHERE tenant_id = $1`, [tenants.owner]);
        return query.then(({ rowCount }) => rowCount, refused);
      });
      expect(touched, `${statement}`).toBe(0);
    }
  }
});

/** Logs are only ever added to: whoever may not change a table has changed nothing. */
function refused(error: Error): number {
  if (!error.message.startsWith('permission denied')) throw error;
  return 0;
}

test('the role of requests cannot reach tables that have no tenant', async () => {
  for (const table of ['tenant', 'event_cursor', 'schema_migration'])
    await expect(
      asTenant(tenants.owner, () => database.query(`SELECT * FROM ${table}`)),
      table,
    ).rejects.toThrow(/permission denied/);
});
