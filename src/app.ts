import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { accountRoutes } from './accounts/routes.ts';
import { createAccounts } from './accounts/service.ts';
import { createControl } from './execution/control.ts';
import { controlRoutes } from './execution/controlRoutes.ts';
import type { Venues } from './execution/ports.ts';
import { openVenues } from './execution/openVenues.ts';
import { executionResolvers } from './execution/resolvers.ts';
import { routeRoutes } from './execution/routeRoutes.ts';
import { executionRoutes } from './execution/routes.ts';
import { createExecutions, EXECUTIONS } from './execution/service.ts';
import { venueAccountRoutes } from './execution/venueAccountRoutes.ts';
import { createVenueAccounts } from './execution/venueAccountService.ts';
import { readVenues } from './execution/venuesFile.ts';
import { openBands } from './hedging/bands.ts';
import { startAgent } from './monitors/agent.ts';
import { monitorResolvers } from './monitors/resolvers.ts';
import { monitorRoutes } from './monitors/routes.ts';
import { createMonitors } from './monitors/service.ts';
import { hedgingResolvers } from './hedging/resolvers.ts';
import { hedgingRoutes } from './hedging/routes.ts';
import { policyResolvers } from './hedging/policyResolvers.ts';
import { policyRoutes } from './hedging/policyRoutes.ts';
import { createPolicies } from './hedging/policyService.ts';
import { createHedging, HEDGE_PLANS } from './hedging/service.ts';
import { openHedgeSolver } from './hedging/solver/solver.ts';
import { ledgerResolvers } from './ledger/resolvers.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { createLedger } from './ledger/service.ts';
import { feedResolvers } from './market/feeds/resolvers.ts';
import { feedRoutes } from './market/feeds/routes.ts';
import { createFeeds, deribitAt } from './market/feeds/service.ts';
import { marketResolvers } from './market/resolvers.ts';
import { marketRoutes } from './market/routes.ts';
import { createMarket } from './market/service.ts';
import { createCipher } from './platform/cipher.ts';
import { systemClock, type Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { openDatabase } from './platform/database.ts';
import { secretFile, startEmbeddedPostgres } from './platform/embeddedPostgres.ts';
import { eventRoutes } from './platform/eventRoutes.ts';
import { startEventFeed } from './platform/events.ts';
import { readSchema, useGraphql } from './platform/graphql.ts';
import { useHealth } from './platform/health.ts';
import { createHttp, jsonSerializer, zodValidator } from './platform/http.ts';
import { purgeIdempotencyKeys, useIdempotency } from './platform/idempotency.ts';
import { systemIds } from './platform/ids.ts';
import { startLoop, type Loop } from './platform/loop.ts';
import { migrate } from './platform/migrate.ts';
import { useOpenApi } from './platform/openapi.ts';
import type { OperationKind } from './platform/operation.ts';
import { dispatchOutbox, sweepOperations } from './platform/outbox.ts';
import { requestsFirst } from './platform/priority.ts';
import { openJobQueue, type JobHandler } from './platform/queue.ts';
import { addGauge, createMetrics } from './platform/telemetry.ts';
import { startWake } from './platform/wake.ts';
import { portfolioResolvers } from './portfolios/resolvers.ts';
import { portfolioRoutes } from './portfolios/routes.ts';
import { createPortfolios } from './portfolios/service.ts';
import { pricingRoutes } from './pricing/routes.ts';
import { openPricingPool } from './pricing/service.ts';
import { createMarker } from './risk/marker.ts';
import { riskResolvers } from './risk/resolvers.ts';
import { riskRoutes } from './risk/routes.ts';
import { ANALYSES, createRisk } from './risk/service.ts';
import { simulationResolvers } from './simulation/resolvers.ts';
import { simulationRoutes } from './simulation/routes.ts';
import { BACKTEST_SHARDS, BACKTESTS, createSimulation } from './simulation/service.ts';
import { openSimulationThreads } from './simulation/threads.ts';
import { startWebhookDispatcher } from './webhooks/dispatcher.ts';
import { webhookResolvers } from './webhooks/resolvers.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { createSender } from './webhooks/sender.ts';
import { createWebhooks } from './webhooks/service.ts';

export interface Ballast {
  http: FastifyInstance;
  /** The admin key made at this start, to be shown once; undefined when there was one already. */
  newAdminKey: string | undefined;
  /** Opens the port and answers the address. */
  listen(): Promise<string>;
  /** Takes no more work, finishes what is in hand, and lets go of everything. */
  stop(): Promise<void>;
}

/** Parts that a test or a replay puts in place of the real ones. */
export interface Parts {
  clock?: Clock;
  venues?: (real: Venues) => Venues;
}

const POLL_MS = 250;
const SWEEP_MS = 15_000;
/** How late an approval may be found to have expired. */
const EXPIRY_MS = 1_000;
/** An operation without a sign of life for so long has lost its job. Heartbeats come every ten seconds. */
const SILENT_MS = 45_000;
/** Pieces wait for each other in hundreds, and one that waits is not lost. */
const SILENT_PIECE_MS = 600_000;
const HOUR_MS = 3_600_000;
const KINDS: { kind: OperationKind; concurrency: number }[] = [
  { kind: ANALYSES, concurrency: 2 },
  { kind: HEDGE_PLANS, concurrency: 2 },
  { kind: BACKTEST_SHARDS, concurrency: availableParallelism() },
  { kind: BACKTESTS, concurrency: 1 },
  { kind: EXECUTIONS, concurrency: 4 },
];

/** Builds the service from its configuration and starts the roles that it asks for; what was started is stopped when it fails. */
export async function startBallast(config: Config, log: Logger, parts: Parts = {}): Promise<Ballast> {
  const closers: Closer[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const started = await build(config, log, parts, (close) => closers.push(close));
    let stopped: Promise<void> | undefined;
    return { ...started, stop: () => (stopped ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

type Closer = () => Promise<void>;

async function build(
  config: Config,
  log: Logger,
  parts: Parts,
  onStop: (close: Closer) => void,
): Promise<Omit<Ballast, 'stop'>> {
  // Once everything is closed, connections that are still going down have nothing to tell.
  let closed = false;
  const onError = (error: unknown) => (closed ? undefined : log.error({ err: error }, 'background error'));
  const clock = parts.clock ?? systemClock;
  const ids = systemIds(clock);
  const metrics = createMetrics();

  const embedded = config.databaseUrl ? undefined : await startEmbeddedPostgres({ dataDir: config.dataDir });
  onStop(async () => {
    closed = true;
    await embedded?.stop();
  });
  const databaseUrl = config.databaseUrl ?? embedded!.url();
  await migrate(databaseUrl);
  const secretKey = config.secretKey ?? Buffer.from(await secretFile(join(config.dataDir, 'secret.key'), 32), 'hex');
  const cipher = createCipher(secretKey, ids);
  const db = openDatabase(databaseUrl, onError);
  onStop(db.close);
  const queue = openJobQueue({ database: databaseUrl, redis: config.redisUrl }, onError);
  onStop(queue.close);
  const wake = startWake(db, clock, onError);
  onStop(wake.stop);
  const feed = startEventFeed(db, clock, wake, onError);
  onStop(feed.stop);
  addGauge(metrics, 'ballast_event_subscribers', 'Open event streams and subscriptions', feed.subscribers);
  const pool = openPricingPool((seconds) => metrics.phases.observe({ kind: ANALYSES.event, phase: 'kernel' }, seconds));
  onStop(pool.close);

  const operations = { db, clock, wake, log, metrics };
  const accounts = createAccounts({ db, clock, ids });
  const market = createMarket({ db, clock, wake });
  const { recordings } = config;
  const feeds = createFeeds({ db, clock, ids, wake, log, recordings, onError, deribit: deribitAt(config.deribitUrl) });
  const portfolios = createPortfolios({ db, clock });
  const risk = createRisk({ ...operations, pool, market, portfolios });
  const policies = createPolicies({ db, clock });
  const threads = openSimulationThreads();
  onStop(threads.close);
  const simulation = createSimulation({ ...operations, ids, market, policies, pool, threads });
  const ledger = createLedger({ db, clock, market, portfolios, marker: createMarker(pool) });
  const solver = openHedgeSolver();
  onStop(solver.close);
  const bands = openBands();
  onStop(bands.close);
  const hedging = createHedging({
    ...operations,
    ...{ market, portfolios, risk, policies, pool, ledger, solver, bandOf: bands.bandOf },
  });
  const venuesConfig = await readVenues(config.venuesFile);
  const control = createControl({ db, clock, ids, wake, queue: EXECUTIONS.queue });
  const venueAccounts = createVenueAccounts({ db, clock, cipher, venues: venuesConfig });
  const traded = openVenues({ db, clock, ids, market, control, config: venuesConfig, openAccount: venueAccounts.open });
  onStop(traded.close);
  const executions = createExecutions({
    ...{ ...operations, ids, market, hedging, portfolios, ledger, control, accounts: venueAccounts },
    venues: parts.venues?.(traded.venues) ?? traded.venues,
    acceptSignature: traded.acceptSignature,
  });
  const monitorDeps = { db, clock, ids, wake, portfolios, hedging, executions };
  const monitors = createMonitors(monitorDeps);
  const allowPrivate = config.webhookAllowPrivate;
  const webhooks = createWebhooks({
    db,
    clock,
    ids,
    cipher,
    wake,
    log,
    metrics,
    allowPrivate,
    sender: createSender({ clock, allowPrivate }),
  });
  const newAdminKey = await accounts.bootstrap(config.bootstrapKey);

  const http = createHttp(log, ids, accounts.authenticate);
  http.setValidatorCompiler(zodValidator);
  http.setSerializerCompiler(jsonSerializer);
  const turn = requestsFirst(http, clock);
  useIdempotency(http, { db, clock, cipher });
  await useOpenApi(http);
  useHealth(http, { db, queue, metrics, queues: KINDS.map(({ kind }) => kind.queue) });
  await http.register(async (rest) => {
    await rest.register(accountRoutes(accounts));
    await rest.register(pricingRoutes(pool));
    await rest.register(marketRoutes(market));
    await rest.register(feedRoutes(feeds));
    await rest.register(portfolioRoutes(portfolios));
    await rest.register(ledgerRoutes(ledger));
    await rest.register(riskRoutes(risk));
    await rest.register(policyRoutes(policies));
    await rest.register(simulationRoutes(simulation));
    await rest.register(hedgingRoutes(hedging));
    await rest.register(executionRoutes(executions));
    await rest.register(controlRoutes(control));
    await rest.register(routeRoutes());
    await rest.register(venueAccountRoutes(venueAccounts, executions));
    await rest.register(monitorRoutes(monitors));
    await rest.register(webhookRoutes(webhooks));
    await rest.register(eventRoutes(db, feed));
  });
  await useGraphql(http, {
    schema: await readSchema(),
    resolvers: [
      marketResolvers(market),
      feedResolvers(feeds),
      portfolioResolvers(portfolios),
      ledgerResolvers(ledger),
      riskResolvers({ risk, portfolios, feed }),
      policyResolvers(policies),
      simulationResolvers({ simulation, feed }),
      hedgingResolvers({ hedging, portfolios, risk, feed }),
      executionResolvers({ executions, control, hedging, portfolios, feed }),
      monitorResolvers({ monitors, feed }),
      webhookResolvers(webhooks),
    ],
    authenticate: accounts.authenticate,
    ids,
    clock,
  });
  await http.ready();

  if (config.roles.includes('worker')) {
    const handlers: Record<string, JobHandler> = {
      [ANALYSES.queue]: risk.run,
      [HEDGE_PLANS.queue]: hedging.run,
      [BACKTEST_SHARDS.queue]: simulation.runShard,
      [BACKTESTS.queue]: simulation.run,
      [EXECUTIONS.queue]: executions.run,
    };
    for (const { kind, concurrency } of KINDS) {
      const handle = handlers[kind.queue]!;
      queue.work(kind.queue, concurrency, async (job, last) => {
        await turn();
        await handle(job, last);
      });
    }
  }
  const agent = config.roles.includes('worker') ? startAgent({ ...monitorDeps, log, market, onError }) : undefined;
  onStop(executions.settled);
  onStop(async () => agent?.stop());
  const loops = config.roles.includes('dispatcher') ? startDispatcher() : [];
  if (config.roles.includes('worker')) loops.push(...feeds.start());
  onStop(async () => void (await Promise.all(loops.map((loop) => loop.stop()))));
  onStop(queue.stopWorkers);
  onStop(() => http.close());

  function startDispatcher(): Loop[] {
    const loop = (everyMs: number, step: () => Promise<boolean>) => startLoop(clock, everyMs, step, onError);
    const outbox = loop(POLL_MS, async () => {
      await turn();
      return dispatchOutbox(db, queue, clock.now());
    });
    const hooks = startWebhookDispatcher(webhooks, { clock, wake, log });
    const sweeper = loop(SWEEP_MS, async () => {
      for (const { kind } of KINDS) await sweepOperations(db, clock, kind, kind.isPiece ? SILENT_PIECE_MS : SILENT_MS);
      return false;
    });
    const expiry = loop(EXPIRY_MS, executions.expire);
    const reconciliation = loop(SWEEP_MS, executions.reconcile);
    const purge = loop(HOUR_MS, async () => (await purgeIdempotencyKeys(db, clock), false));
    wake.on('outbox', outbox.kick);
    return [outbox, hooks, sweeper, expiry, reconciliation, purge];
  }

  return {
    http,
    newAdminKey,
    listen: () => http.listen({ port: config.port, host: config.host }),
  };
}
