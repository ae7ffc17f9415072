import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { startBallast, type Ballast } from '../src/app.ts';
import type { Execution } from '../src/execution/model.ts';
import type { HedgePlan } from '../src/hedging/model.ts';
import type { MarketSnapshotInput } from '../src/market/model.ts';
import { pullDeribit } from '../src/market/deribit.ts';
import { deribitHttp } from '../src/market/deribitHttp.ts';
import { readConfig } from '../src/platform/config.ts';
import { createLogger } from '../src/platform/telemetry.ts';
import type { Portfolio } from '../src/portfolios/model.ts';
import type { Analysis } from '../src/risk/model.ts';
import { demoBook } from './book.ts';
import { shown, table } from './table.ts';

// The main job, over HTTP, as a client would do it: book in, Greeks, plan, execution on paper, webhook verified.
//   npm run demo              on the market snapshot in examples/market.json, then stays up
//   npm run demo -- --once    the same, and ends
//   npm run demo -- --live    on Deribit's public API

const KEY = 'blst_demo_key_that_is_for_this_machine_only_000';
const { values: options } = parseArgs({
  options: { once: { type: 'boolean', default: false }, live: { type: 'boolean', default: false } },
});

const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** In a terminal, tells what is being waited for, and how long it took. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const tty = process.stdout.isTTY;
  if (tty) process.stdout.write(`… ${what}`);
  const result = await work();
  if (tty) process.stdout.write(`\r\x1b[K`);
  say(`✓ ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

/** A client of the API: JSON in, JSON out, errors as they come. */
function client(base: string) {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer, null, 2)}`);
    return answer as T;
  };
}
type Api = ReturnType<typeof client>;

/** Polls a slow resource until it has ended. */
async function ended<T extends { status: string; problem: unknown }>(api: Api, path: string): Promise<T> {
  for (;;) {
    const resource = await api<T>('GET', path);
    if (resource.status === 'failed') throw new Error(`${path} failed: ${JSON.stringify(resource.problem)}`);
    if (resource.status === 'succeeded') return resource;
    await new Promise((wait) => setTimeout(wait, 20));
  }
}

interface Delivery {
  type: string;
  id: string;
  data: Record<string, unknown>;
}

/** The demo's own webhook receiver: takes only what the published library verifies. */
async function receiver() {
  const received: Delivery[] = [];
  let secret = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      try {
        const event = new Webhook(secret).verify(Buffer.concat(chunks).toString(), headers) as Omit<Delivery, 'id'>;
        received.push({ ...event, id: headers['webhook-id']! });
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    use: (given: string) => void (secret = given),
    async wait(type: string): Promise<Delivery> {
      for (let i = 0; i < 1_000; i++) {
        const found = received.find((event) => event.type === type);
        if (found) return found;
        await new Promise((wait) => setTimeout(wait, 20));
      }
      throw new Error(`The webhook ${type} did not come`);
    },
    received,
    close: () => server.close(),
  };
}

async function readMarket(): Promise<MarketSnapshotInput> {
  if (options.live) {
    const deribit = deribitHttp();
    return (await pullDeribit(deribit, ['BTC', 'ETH']).finally(() => deribit.close())).snapshot;
  }
  return JSON.parse(await readFile(new URL('./market.json', import.meta.url), 'utf8')) as MarketSnapshotInput;
}

async function start(): Promise<{ ballast: Ballast; base: string }> {
  const config = readConfig();
  const log = createLogger(process.stdout.isTTY ? 'error' : 'warn');
  const settings = { ...config, dataDir: join(config.dataDir, 'demo'), bootstrapKey: KEY, webhookAllowPrivate: true };
  const ballast = await startBallast(settings, log);
  const base = await ballast.listen().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return ballast.http.listen({ port: 0, host: config.host });
  });
  return { ballast, base };
}

async function main(): Promise<void> {
  const { ballast, base } = await step('Start Ballast: embedded PostgreSQL, queue, workers, API', start);
  const hooks = await receiver();
  try {
    const api = client(base);
    const endpoint = await api<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', { url: hooks.url });
    hooks.use(endpoint.secret);
    await mainJob(api, hooks);
    await api('GET', `/v1/webhook-endpoints/${endpoint.id}`);
    await fetch(`${base}/v1/webhook-endpoints/${endpoint.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${KEY}` },
    });
    say();
    say(`API and docs  ${base}/docs`);
    say(`GraphiQL      ${base}/graphiql`);
    say(`Key           ${KEY}`);
    if (options.once) return say('Ended by --once; without it the service stays up.');
    say('Ctrl-C ends it.');
    await new Promise<void>((stop) => process.once('SIGINT', stop).once('SIGTERM', stop));
  } finally {
    hooks.close();
    await ballast.stop();
  }
}

async function mainJob(api: Api, hooks: Awaited<ReturnType<typeof receiver>>): Promise<void> {
  const market = await step(
    options.live ? 'Pull the live market from Deribit' : 'Read the market snapshot',
    readMarket,
  );
  const snapshot = await api<{ id: string }>('POST', '/v1/market-snapshots', market);
  const positions = demoBook(market);
  const portfolio = await api<Portfolio>('POST', '/v1/portfolios', {
    name: 'Demo volatility book',
    asOf: market.asOf,
    positions,
  });
  say(`  ${portfolio.positionCount} positions, market of ${market.asOf} (${market.source})`);

  const queued = await api<Analysis>('POST', `/v1/portfolios/${portfolio.id}/analyses`, {
    marketSnapshotId: snapshot.id,
  });
  const analysis = await step('Greeks (queued job)', () => ended<Analysis>(api, `/v1/analyses/${queued.id}`));
  showGreeks(analysis);

  const planning = await api<HedgePlan>('POST', `/v1/portfolios/${portfolio.id}/hedge-plans`, {
    analysisId: analysis.id,
    targets: market.underlyings.map(({ underlying }) => ({
      underlying,
      target: 0,
      tolerance: underlying === 'BTC' ? 0.05 : 1,
    })),
  });
  const plan = await step('Hedge plan (queued job)', () => ended<HedgePlan>(api, `/v1/hedge-plans/${planning.id}`));
  showPlan(plan);

  // A live book may happen to be inside its tolerance.
  const told = plan.result!.orders.length > 0 ? await executePlan(api, plan) : ['hedge_plan.completed'];
  const webhook = await step('Webhook', async () => {
    for (const type of ['analysis.completed', 'hedge_plan.completed', ...told]) await hooks.wait(type);
    return hooks.wait(told.at(-1)!);
  });
  showWebhook(webhook, hooks.received);
}

/** Answers the events that are told of it, the one that matters most last. */
async function executePlan(api: Api, plan: HedgePlan): Promise<string[]> {
  const executing = await api<Execution>('POST', `/v1/hedge-plans/${plan.id}/execution`, { venue: 'paper' });
  const execution = await step('Execution on the paper venue (queued job)', () =>
    ended<Execution>(api, `/v1/executions/${executing.id}`),
  );
  showExecution(execution);
  const { outcome } = execution.result!;
  return [`execution.${outcome}`, ...(outcome === 'failed' ? [] : ['rebalance.completed'])];
}

function showGreeks({ result }: Analysis): void {
  say();
  say(`Greeks (${result!.deltaConvention} delta; ${result!.valued} positions valued, ${result!.unvalued} not)`);
  const head = [
    'underlying',
    'spot USD',
    'delta coin',
    'delta USD',
    'gamma 1% USD',
    'vega USD/pt',
    'theta USD/day',
    'rho USD/pp',
    'value USD',
  ];
  const rows = result!.underlyings.map((each) => [
    each.underlying,
    ...[each.spot, each.delta, each.deltaCash, each.gammaCash, each.vega, each.theta, each.rho, each.value].map(
      (value) => shown(value),
    ),
  ]);
  say(table(head, rows));
  say();
}

function showPlan({ result }: HedgePlan): void {
  say();
  say('Plan');
  const orders = result!.orders.map((order) => [
    `${order.side} ${order.symbol}`,
    `${shown(Number(order.quantity), 0)} ${order.quantityUnit}`,
    ...[order.referencePrice, order.limitPrice].map((price) => shown(Number(price), 2)),
    ...[order.estimatedCost.fee, order.estimatedCost.spread, order.estimatedCost.impact, order.estimatedCost.total].map(
      (cost) => shown(Number(cost), 2),
    ),
  ]);
  say(table(['order', 'quantity', 'reference', 'limit', 'fee USD', 'spread USD', 'impact USD', 'cost USD'], orders));
  say();
  const greeks = result!.underlyings.map((each) => [
    each.underlying,
    ...[each.greeks.before.delta, each.greeks.hedge.delta, each.greeks.after.delta].map((value) => shown(value)),
    `± ${each.target.tolerance}`,
    shown(each.greeks.after.gamma),
    shown(each.greeks.after.vega),
  ]);
  say(table(['delta (coin)', 'before', 'hedge', 'after', 'tolerance', 'gamma after', 'vega after'], greeks));
  for (const reason of result!.reasons) say(`  · ${reason}.`);
  say();
}

function showExecution({ orders, result }: Execution): void {
  say();
  say(`Paper fills (${result!.outcome}; the fills are in version ${result!.portfolioVersion} of the portfolio)`);
  const rows = orders.map((order) => [
    `${order.side} ${order.symbol}`,
    order.status,
    `${shown(Number(order.filledQuantity), 0)} ${order.quantityUnit}`,
    shown(Number(order.averagePrice), 2),
    `${shown(Number(order.fee), 6)} ${order.feeCurrency}`,
    order.clientOrderId,
  ]);
  say(table(['order', 'status', 'filled', 'average', 'fee', 'client order id'], rows));
  say();
}

function showWebhook(webhook: Delivery, received: Delivery[]): void {
  say();
  say(`Webhook received, signature verified by the standardwebhooks library`);
  say(`  ${webhook.type}  ${webhook.id}`);
  const { portfolioId, portfolioVersion, outcome } = webhook.data;
  say(`  ${JSON.stringify({ portfolioId, portfolioVersion, outcome })}`);
  say(
    `  with it: ${received
      .filter((event) => event !== webhook)
      .map(({ type }) => type)
      .join(', ')}`,
  );
}

await main();
