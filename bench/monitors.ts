import pg from 'pg';
import type { MarketSnapshot, MarketSnapshotInput, UnderlyingMarket } from '../src/market/model.ts';
import type { Portfolio } from '../src/portfolios/model.ts';
import type { Analysis } from '../src/risk/model.ts';
import { bookCsv, MARKET } from './books.ts';
import { quantile, startPostgres, startService, wait, type Service } from './service.ts';
import { seededUniform } from './timing.ts';

const BOOKS = 100;
const POSITIONS = 1_000;
const SNAPSHOTS = 200;
const WARM_UP = 20;
/** Of log spot, from one snapshot to the next. */
const STEP = 0.0025;
/** Half-widths of the bands, in steps of the market: from tight to wide, so that a snapshot breaches some bands and not others. */
const BANDS = { from: 3, to: 12 };
const HEDGED = 'BTC';
const GIVE_UP_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * From a snapshot's being posted to the orders of monitored books, while the market walks: all books are valued on every snapshot, and those
 * that leave their band are hedged. Then the same with every book out of its band at once.
 */
export async function benchMonitors() {
  const postgres = await startPostgres();
  const service = await startService(postgres.url);
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  try {
    const market = liveMarket();
    await post(service, market, 1);
    for (let i = 0; i < BOOKS; i++) await watch(service, market, BANDS.from + ((BANDS.to - BANDS.from) * i) / BOOKS);
    const walk = await walked(service, database, market);
    const burst = await rebalanced(service, database, market, walk.at(-1)!.spot * 1.1);
    const each = (of: 'decided' | 'written' | 'sent', share: number) =>
      quantile(
        walk.flatMap((result) => result[of]),
        share,
      );
    const all = (share: number) =>
      quantile(
        walk.map(({ decidedAll }) => decidedAll),
        share,
      );
    /** Of the orders of snapshots that led to so many. */
    const sentOf = (from: number, to: number, share: number) =>
      quantile(
        walk.flatMap(({ sent }) => (sent.length >= from && sent.length <= to ? sent : [])),
        share,
      );
    const metrics = {
      ordersPerSnapshot: walk.flatMap(({ sent }) => sent).length / walk.length,
      mostOrdersOfASnapshot: Math.max(...walk.map(({ sent }) => sent.length)),
      decidedAllP50Ms: all(0.5),
      decidedAllP99Ms: all(0.99),
      ordersDecidedP50Ms: each('decided', 0.5),
      ordersDecidedP99Ms: each('decided', 0.99),
      ordersWrittenP50Ms: each('written', 0.5),
      ordersWrittenP99Ms: each('written', 0.99),
      ordersSentP50Ms: each('sent', 0.5),
      ordersSentP99Ms: each('sent', 0.99),
      upTo4SentP50Ms: sentOf(1, 4, 0.5),
      upTo4SentP99Ms: sentOf(1, 4, 0.99),
      upTo16SentP50Ms: sentOf(5, 16, 0.5),
      upTo16SentP99Ms: sentOf(5, 16, 0.99),
      moreSentP50Ms: sentOf(17, BOOKS, 0.5),
      moreSentP99Ms: sentOf(17, BOOKS, 0.99),
      allAtOnceOrders: burst.sent.length,
      allAtOnceDecidedMs: burst.decidedAll,
      allAtOnceSentP50Ms: quantile(burst.sent, 0.5),
      allAtOnceSentMs: quantile(burst.sent, 1),
    };
    return {
      name: `monitors: ${BOOKS} books of ${POSITIONS} positions, snapshot in to orders out, ${walk.length} snapshots`,
      metrics,
    };
  } finally {
    await database.end();
    await service.stop();
    await postgres.stop();
  }
}

/** Milliseconds from the post of the snapshot. */
interface Rebalanced {
  spot: number;
  /** When the last book had its decision. */
  decidedAll: number;
  /** Of the orders that the snapshot led to: when the plan was made, when its orders were written down, and when the venue had them. */
  decided: number[];
  written: number[];
  sent: number[];
}

async function walked(service: Service, database: pg.Client, market: MarketSnapshotInput): Promise<Rebalanced[]> {
  const uniform = seededUniform(20261123);
  const walk: Rebalanced[] = [];
  let spot = 1;
  for (let i = -WARM_UP; i < SNAPSHOTS; i++) {
    spot *= Math.exp(uniform() < 0.5 ? -STEP : STEP);
    const result = await rebalanced(service, database, market, spot);
    if (i >= 0) walk.push(result);
  }
  return walk;
}

async function rebalanced(
  service: Service,
  database: pg.Client,
  market: MarketSnapshotInput,
  spot: number,
): Promise<Rebalanced> {
  const from = Date.now();
  const id = await post(service, market, spot);
  await settled(database, id);
  const { rows: hedges } = await database.query<Record<'decided' | 'written' | 'sent', Date>>(
    `SELECT (d.decision ->> 'at')::timestamptz AS decided, o.created_at AS written,
       (SELECT min(at) FROM fill WHERE order_id = o.id) AS sent
     FROM monitor_decision d JOIN execution e ON e.id = (d.decision ->> 'executionId')::uuid JOIN hedge_order o ON o.execution_id = e.id
     WHERE d.decision ->> 'verdict' = 'triggered' AND e.created_at >= $1`,
    [new Date(from)],
  );
  const { rows: held } = await database.query<{ at: Date }>(
    `SELECT (decision ->> 'at')::timestamptz AS at FROM monitor
     WHERE portfolio_id NOT IN (SELECT portfolio_id FROM execution WHERE created_at >= $1)`,
    [new Date(from)],
  );
  const since = (at: Date) => at.getTime() - from;
  const last = Math.max(...held.map(({ at }) => since(at)), ...hedges.map(({ decided }) => since(decided)));
  return {
    ...{ spot, decidedAll: last, decided: hedges.map(({ decided }) => since(decided)) },
    ...{ written: hedges.map(({ written }) => since(written)), sent: hedges.map(({ sent }) => since(sent)) },
  };
}

/** Until every monitor has found its book inside its band on the snapshot, and nothing is under way. */
async function settled(database: pg.Client, snapshotId: string): Promise<void> {
  for (let waited = 0; waited < GIVE_UP_MS; waited += 100) {
    await wait(100);
    const { rows } = await database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM monitor WHERE execution_id IS NOT NULL OR decision ->> 'verdict' IS DISTINCT FROM 'held'
         OR decision ->> 'marketSnapshotId' <> $1`,
      [snapshotId],
    );
    if (rows[0]!.open === 0) return;
  }
  throw new Error(`not every book was inside its band within ${GIVE_UP_MS} ms`);
}

/** The example market with what has not expired by now. */
function liveMarket(): MarketSnapshotInput {
  const isLive = ({ expiry }: { expiry: string }) => Date.parse(expiry) > Date.now() + DAY_MS;
  const unexpired = ({ forwards = [], volatility, ...rest }: UnderlyingMarket): UnderlyingMarket => {
    if (volatility?.type !== 'svi') throw new Error('the example market has SVI slices');
    const slices = volatility.slices.filter(isLive);
    return { ...rest, forwards: forwards.filter(isLive), volatility: { ...volatility, slices } };
  };
  return { ...MARKET, underlyings: MARKET.underlyings.map(unexpired) };
}

/** The market as of now with its prices times `factor`; answers its id. */
async function post(service: Service, market: MarketSnapshotInput, factor: number): Promise<string> {
  const underlyings = market.underlyings.map(({ spot, perpetual, forwards, ...rest }) => ({
    ...rest,
    spot: { mark: spot.mark * factor },
    ...(perpetual && { perpetual: { mark: perpetual.mark * factor, symbol: perpetual.symbol } }),
    forwards: forwards!.map(({ expiry, price }) => ({ expiry, price: price * factor })),
  }));
  const body = { ...market, asOf: new Date().toISOString(), underlyings };
  return (await service.call<MarketSnapshot>('POST', '/v1/market-snapshots', body)).id;
}

/** A book with a monitor, its band so many steps of the market wide. */
async function watch(service: Service, market: MarketSnapshotInput, steps: number): Promise<void> {
  const { id: portfolioId } = await service.call<Portfolio>('POST', '/v1/portfolios', { name: 'bench', positions: [] });
  await service.call('PUT', `/v1/portfolios/${portfolioId}/positions.csv`, bookCsv(POSITIONS, market), 'text/csv');
  const policy = {
    kind: 'delta_tolerance',
    tolerance: steps * (await deltaOfStep(service, portfolioId)),
    rebalanceTo: 'target',
  };
  const plan = { policy, targets: [{ underlying: HEDGED }], collarBps: 5_000 };
  await service.call('POST', '/v1/monitors', { portfolioId, plan, coolDownSeconds: 0, maxAgeSeconds: 3_600 });
}

/** What one step of the market does to the delta of a book. */
async function deltaOfStep(service: Service, portfolioId: string): Promise<number> {
  let analysis = await service.call<Analysis>('POST', `/v1/portfolios/${portfolioId}/analyses`, {});
  while (analysis.status !== 'succeeded') {
    await wait(20);
    analysis = await service.call<Analysis>('GET', `/v1/analyses/${analysis.id}`);
  }
  const { gamma, spot } = analysis.result!.underlyings.find(({ underlying }) => underlying === HEDGED)!;
  return Math.abs(gamma) * spot * STEP;
}
