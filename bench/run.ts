import { benchAnalysis } from './analysis.ts';
import { benchExecution } from './execution.ts';
import { benchKernel } from './kernel.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchMonitors } from './monitors.ts';
import { benchOptimiser } from './optimiser.ts';
import { benchPeers } from './peers.ts';
import { benchRouting } from './routing.ts';
import { build } from './service.ts';
import { benchSimulation } from './simulation.ts';
import { benchSubmission } from './submission.ts';
import { benchThreads } from './threads.ts';

// npm run bench                      all of them; with Redis too where BENCH_REDIS_URL is set
// npm run bench -- kernel latency    some of them
// Absolute figures are this machine's on this day; the ratios are what to compare.

interface Result {
  name: string;
  metrics: Record<string, number>;
}

const redisUrl = process.env['BENCH_REDIS_URL'];
const BENCHES: Record<string, () => Promise<Result>> = {
  kernel: benchKernel,
  threads: benchThreads,
  analysis: benchAnalysis,
  peers: benchPeers,
  simulation: benchSimulation,
  optimiser: benchOptimiser,
  routing: benchRouting,
  monitors: benchMonitors,
  submission: () => benchSubmission(),
  ...(redisUrl ? { 'submission-redis': () => benchSubmission(redisUrl) } : {}),
  latency: benchLatency,
  execution: benchExecution,
  memory: benchMemory,
};

const asked = process.argv.slice(2);
const chosen = Object.entries(BENCHES).filter(([name]) => asked.length === 0 || asked.includes(name));
build();
const results: Result[] = [];
for (const [, bench] of chosen) {
  const result = await bench();
  results.push(result);
  process.stdout.write(`\n${result.name}\n`);
  for (const [metric, value] of Object.entries(result.metrics)) {
    process.stdout.write(
      `  ${metric.padEnd(36)} ${value.toLocaleString('en-US', { maximumSignificantDigits: 5 }).padStart(14)}\n`,
    );
  }
}
process.stdout.write(`\n${JSON.stringify({ node: process.version, results })}\n`);
