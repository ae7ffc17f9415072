import type { Portfolio } from '../src/portfolios/model.ts';
import type { Analysis } from '../src/risk/model.ts';
import { bookCsv, MARKET } from './books.ts';
import { startPostgres, startService, wait } from './service.ts';

const SIZES = [100, 1_000, 10_000, 100_000];
const MIB = 1024 * 1024;

/** Books from 100 to 100,000 positions, uploaded as CSV and analysed: resident memory of the one process, time per position. */
export async function benchMemory() {
  const postgres = await startPostgres();
  const service = await startService(postgres.url);
  const metrics: Record<string, number> = {};
  let peak = 0;
  const sample = async () =>
    void (peak = Math.max(peak, (await service.metrics()).get('process_resident_memory_bytes') ?? 0));
  try {
    await service.call('POST', '/v1/market-snapshots', MARKET);
    for (const size of SIZES) {
      const { id } = await service.call<Portfolio>('POST', '/v1/portfolios', {
        name: 'bench',
        asOf: MARKET.asOf,
        positions: [],
      });
      peak = 0;
      const uploading = service.call(
        'PUT',
        `/v1/portfolios/${id}/positions.csv?asOf=${MARKET.asOf}`,
        bookCsv(size),
        'text/csv',
      );
      await whileBusy(uploading, sample);
      metrics[`uploadRssMiB_${size}`] = peak / MIB;
      peak = 0;
      // The first analysis of the process warms it up; the second one counts.
      for (let i = 0; i < 2; i++) {
        const queued = await service.call<Analysis>('POST', `/v1/portfolios/${id}/analyses`, {});
        let analysis = queued;
        while (analysis.status !== 'succeeded') {
          if (analysis.status === 'failed') throw new Error(JSON.stringify(analysis.problem));
          await wait(5);
          await sample();
          analysis = await service.call<Analysis>('GET', `/v1/analyses/${queued.id}`);
        }
        metrics[`usPerPosition_${size}`] =
          ((Date.parse(analysis.finishedAt!) - Date.parse(analysis.startedAt!)) * 1000) / size;
      }
      metrics[`analysisRssMiB_${size}`] = peak / MIB;
    }
    return { name: 'memory: resident memory of the process (all roles), and time per position', metrics };
  } finally {
    await service.stop();
    await postgres.stop();
  }
}

async function whileBusy(work: Promise<unknown>, sample: () => Promise<void>): Promise<void> {
  let busy = true;
  const done = work.finally(() => (busy = false));
  while (busy) {
    await sample();
    await wait(20);
  }
  await done;
}
