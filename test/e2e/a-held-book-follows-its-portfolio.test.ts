import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openBands } from '../../src/hedging/bands.ts';
import { createPolicies } from '../../src/hedging/policyService.ts';
import { createHedging, type HeldPortfolio } from '../../src/hedging/service.ts';
import { openHedgeSolver } from '../../src/hedging/solver/solver.ts';
import { resolveInstrument } from '../../src/instruments/service.ts';
import { createLedger } from '../../src/ledger/service.ts';
import { createMarket } from '../../src/market/service.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { createMetrics } from '../../src/platform/telemetry.ts';
import { createPortfolios } from '../../src/portfolios/service.ts';
import { createMarker } from '../../src/risk/marker.ts';
import { createRisk } from '../../src/risk/service.ts';
import { inlinePricingPool } from '../support/books.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silentWake as wake } from '../support/wake.ts';

const FIRST = Date.parse('2026-03-01T08:00:00Z');
const BTC = 'deribit:BTC-PERPETUAL';
const ETH = 'deribit:ETH-PERPETUAL';
const EARLY = 'deribit:BTC-27MAR26-60000-C';
const LATE = 'deribit:BTC-25DEC26-60000-C';

let database: TestDatabase;
let closers: { close(): Promise<void> }[];
let service: ReturnType<typeof build>;
let tenantId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  service = build();
  tenantId = await database.tenant();
});
afterAll(async () => {
  for (const each of closers) await each.close();
  await database.drop();
});

function build() {
  const [clock, log, pool] = [fixedClock(new Date(FIRST)), pino({ level: 'silent' }), inlinePricingPool()];
  const { db } = database;
  const [solver, bands] = [openHedgeSolver(), openBands()];
  closers = [solver, bands];
  const operations = { db, clock, wake, log, metrics: createMetrics() };
  const [market, portfolios, policies] = [
    createMarket({ db, clock, wake }),
    createPortfolios({ db, clock }),
    createPolicies({ db, clock }),
  ];
  const risk = createRisk({ ...operations, pool, market, portfolios });
  const ledger = createLedger({ db, clock, market, portfolios, marker: createMarker(pool) });
  const hedging = createHedging({
    ...operations,
    ...{ market, portfolios, risk, policies, pool, ledger, solver, bandOf: bands.bandOf },
  });
  return { portfolios, ledger, hedging };
}

/** A hundred options, and two instruments that are held under several ids. */
function positions() {
  const options = Array.from({ length: 100 }, (_, i) => ({
    id: `option ${i}`,
    instrument: `deribit:${i % 2 ? 'BTC' : 'ETH'}-25DEC26-${2_000 + 100 * i}-P`,
    quantity: String((i - 50.5) / 7),
  }));
  const several = [EARLY, LATE].flatMap((instrument) =>
    ['0.1', '0.2', '0.7', '-1.9'].map((quantity, i) => ({ id: `${instrument} ${i}`, instrument, quantity })),
  );
  return [...options, ...several];
}

/** Trades, as an execution books them: in its transaction, with the ledger. */
async function fill(id: string, asOf: Date, trades: [symbol: string, quantity: string][]): Promise<void> {
  const { portfolios, ledger } = service;
  const filled = trades.map(([symbol, quantity]) => {
    const resolved = resolveInstrument(symbol);
    if (!resolved.ok) throw new Error(resolved.detail);
    return { instrument: resolved.instrument, quantity, averagePrice: '60000' };
  });
  await database.db.tenant(tenantId, async (tx) => {
    const portfolioVersion = await portfolios.applyFills(tx, tenantId, id, asOf, filled);
    const posted = filled.map(({ instrument, quantity }) => ({
      ...{ orderId: randomUUID(), portfolioVersion, instrument, quantity, price: '60000', referencePrice: '60000' },
      ...{ halfSpreadBps: 1, fee: '0', feeCurrency: 'USD' },
    }));
    await ledger.post(tx, tenantId, id, posted);
  });
}

const hold = (id: string, version: number, held?: HeldPortfolio) => service.hedging.hold(tenantId, id, version, held);

it('from whatever version, it is what is read of the version', async () => {
  const { portfolios } = service;
  const id = randomUUID();
  await portfolios.create(tenantId, id, { name: 'x', positions: positions() });
  const option = { instrument: LATE, quantity: '0.3' };
  const replacement = positions().slice(0, 60);
  const csv = `id,instrument,quantity\nonly,${LATE},1\n`;
  const at = (minute: number) => new Date(FIRST + minute * 60_000);
  const changes = [
    () => fill(id, at(1), [[BTC, '100']]),
    () =>
      fill(id, at(2), [
        [BTC, '-30'],
        [ETH, '70'],
      ]),
    () => portfolios.putPosition(tenantId, id, undefined, 'option 3', option),
    () => portfolios.putPosition(tenantId, id, undefined, `${LATE} 1`, { ...option, quantity: '0.05' }),
    () => portfolios.deletePosition(tenantId, id, undefined, `${LATE} 0`),
    () => fill(id, at(3), [[BTC, '-70']]), // nothing is left of it
    () =>
      database.db.tenant(tenantId, (tx) => portfolios.expire(tx, tenantId, id, 7, new Date('2026-03-27T08:00:00Z'))),
    () => fill(id, at(4), [[LATE, '-2.5']]),
    () => portfolios.replace(tenantId, id, undefined, { positions: replacement }),
    () => portfolios.deletePosition(tenantId, id, undefined, 'option 7'),
    () => portfolios.replaceFromCsv(tenantId, id, undefined, Readable.from(csv), { maxBytes: 1_000 }),
    () => fill(id, at(5), [[ETH, '1']]),
  ];
  const held = [await hold(id, 1)];
  for (const change of changes) {
    await change();
    const version = held.length + 1;
    const fresh = await hold(id, version);
    for (const earlier of held) expect(await hold(id, version, earlier)).toStrictEqual(fresh);
    held.push(await hold(id, version, held.at(-1)));
  }
  expect(held.at(-1)!.book.keys).toEqual([`${LATE} 1`, `${ETH} 1`]);
  expect(held.at(-1)!.lastTrades).toEqual(
    new Map([
      ['BTC/USD', at(4)],
      ['ETH/USD', at(5)],
    ]),
  );
  // An earlier version is read: nothing is taken back.
  expect(await hold(id, 2, held[4])).toStrictEqual(held[1]);
}, 60_000);

it('a fill reads what it changed, and a book of which much changed is read again', async () => {
  const { portfolios } = service;
  const reads = vi.spyOn(portfolios, 'book');
  const id = randomUUID();
  await portfolios.create(tenantId, id, { name: 'x', positions: positions() });
  const first = await hold(id, 1);
  expect(reads).toHaveBeenCalledTimes(1);
  await fill(id, new Date(FIRST), [[BTC, '100']]);
  const second = await hold(id, 2, first);
  await fill(id, new Date(FIRST), [[BTC, '100']]);
  const third = await hold(id, 3, second);
  expect(third.book.instruments).toBe(second.book.instruments);
  expect(reads).toHaveBeenCalledTimes(1);
  await portfolios.replace(tenantId, id, undefined, { positions: positions() });
  await hold(id, 4, third);
  expect(reads).toHaveBeenCalledTimes(2);
});
