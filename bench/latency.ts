import type { Portfolio } from '../src/portfolios/model.ts';
import type { Analysis } from '../src/risk/model.ts';
import { bookCsv, MARKET } from './books.ts';
import { quantile, startPostgres, startService, wait, type Service } from './service.ts';

const RUNS = 30;
const WARM_UP = 3;
const POSITIONS = 10_000;
/** Parts of the run: `value` has in it `price`, the way to the worker threads and back, and that has in it `kernel`. */
const PHASES = ['read', 'value', 'price', 'kernel', 'write'] as const;

/** A 10,000-position book from POST analyses to the result in the client's hands, and where the time goes. */
export async function benchLatency() {
  const postgres = await startPostgres();
  const service = await startService(postgres.url);
  try {
    await service.call('POST', '/v1/market-snapshots', MARKET);
    const { id } = await service.call<Portfolio>('POST', '/v1/portfolios', {
      name: 'bench',
      asOf: MARKET.asOf,
      positions: [],
    });
    const uploaded = performance.now();
    await service.call('PUT', `/v1/portfolios/${id}/positions.csv?asOf=${MARKET.asOf}`, bookCsv(POSITIONS), 'text/csv');
    const uploadMs = performance.now() - uploaded;
    for (let i = 0; i < WARM_UP; i++) await analyse(service, id);
    const before = await service.metrics();
    const runs: Awaited<ReturnType<typeof analyse>>[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await analyse(service, id));
    const after = await service.metrics();
    const total = runs.map((run) => run.totalMs);
    const part = (name: keyof (typeof runs)[number]) =>
      quantile(
        runs.map((run) => run[name]),
        0.5,
      );
    const phase = (name: string) => {
      const key = `ballast_phase_seconds_sum{kind="analysis",phase="${name}"}`;
      return (((after.get(key) ?? 0) - (before.get(key) ?? 0)) * 1000) / RUNS;
    };
    const metrics: Record<string, number> = {
      p50Ms: quantile(total, 0.5),
      p99Ms: quantile(total, 0.99),
      submitMs: part('submitMs'),
      queueMs: part('queueMs'),
      runMs: part('runMs'),
    };
    for (const name of PHASES) metrics[`${name}Ms`] = phase(name);
    metrics['kernelShare'] = metrics['kernelMs']! / metrics['p50Ms']!;
    metrics['priceShare'] = metrics['priceMs']! / metrics['p50Ms']!;
    metrics['uploadCsvMs'] = uploadMs;
    return { name: `latency: analysis of ${POSITIONS} positions, embedded mode, ${RUNS} runs`, metrics };
  } finally {
    await service.stop();
    await postgres.stop();
  }
}

async function analyse(service: Service, portfolioId: string) {
  const started = performance.now();
  const { id } = await service.call<Analysis>('POST', `/v1/portfolios/${portfolioId}/analyses`, {});
  const submitted = performance.now();
  for (;;) {
    const analysis = await service.call<Analysis>('GET', `/v1/analyses/${id}`);
    if (analysis.status === 'failed') throw new Error(JSON.stringify(analysis.problem));
    if (analysis.status === 'succeeded') {
      const at = (time: string | null) => Date.parse(time!);
      return {
        totalMs: performance.now() - started,
        submitMs: submitted - started,
        queueMs: at(analysis.startedAt) - at(analysis.createdAt),
        runMs: at(analysis.finishedAt) - at(analysis.startedAt),
      };
    }
    await wait(2);
  }
}
