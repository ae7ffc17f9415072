import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { COLUMNS, OUTPUTS } from '../src/pricing/model.ts';
import { randomOptions } from './kernel.ts';
import { end, freePort, KEY, quantile, ready, startPostgres, startService } from './service.ts';

const OPTIONS = 10_000;
const RUNS = 31;
const WARM_UP = 6;
const MODEL = 'black_scholes_merton';
const NAMES = Object.keys(COLUMNS[MODEL]);
const OUTPUT_NAMES = OUTPUTS[MODEL];
/** What the naive route answers when it is asked for nine. */
const NINE = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

const agent = new Agent({ keepAlive: true });

interface Form {
  url: string;
  contentType: string;
  body: Buffer;
  /** Output `name` of option `i` in an answer. */
  valueOf: (answer: Buffer) => (name: (typeof OUTPUT_NAMES)[number], i: number) => number;
}

/** Sends a body and takes in the answer as bytes: what a client makes of them is not measured. */
function post({ url, contentType, body }: Form): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ authorization: `Bearer ${KEY}`, 'content-type': contentType },
      'content-length': body.byteLength,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${url}: ${response.statusCode} ${answer.toString()}`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function formsOf(naive: string, ours: string): Record<string, Form> {
  const rows = randomOptions(OPTIONS).map(({ spot, strike, time, rate, carry, vol, sign }) => ({
    ...{ type: sign > 0 ? 'call' : 'put', spot, strike, expiryYears: time, vol, rate, dividendYield: rate - carry },
  })) as Record<string, number | string>[];
  const columns = Object.fromEntries(NAMES.map((name) => [name, rows.map((row) => row[name]!)]));
  const floats = Float64Array.from(
    NAMES.flatMap((name) =>
      columns[name]!.map((value) => (value === 'call' ? 1 : value === 'put' ? -1 : Number(value))),
    ),
  );
  const json = (url: string, body: object, valueOf: Form['valueOf']): Form => {
    return { url, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)), valueOf };
  };
  const terms = { model: MODEL, units: 'raw' };
  const inColumns: Form['valueOf'] = (answer) => {
    const read = JSON.parse(answer.toString()) as { columns: Record<string, number[]> };
    return (name, i) => read.columns[name]![i]!;
  };
  const binary = (outputs: readonly string[]): Form => ({
    url: `${ours}/v1/price?model=${MODEL}&units=raw&outputs=${outputs.join()}`,
    contentType: 'application/octet-stream',
    body: Buffer.from(floats.buffer),
    valueOf: (answer) => (name, i) => answer.readDoubleLE(8 * (outputs.indexOf(name) * OPTIONS + i)),
  });
  return {
    naiveNine: json(`${naive}/nine`, { rows }, inRows),
    naiveSeventeen: json(`${naive}/seventeen`, { rows }, inRows),
    rows: json(`${ours}/v1/price`, { ...terms, rows }, inRows),
    columns: json(`${ours}/v1/price`, { ...terms, columns }, inColumns),
    floats: binary(OUTPUT_NAMES),
    rowsOfNine: json(`${ours}/v1/price`, { ...terms, outputs: NINE, rows }, inRows),
    columnsOfNine: json(`${ours}/v1/price`, { ...terms, outputs: NINE, columns }, inColumns),
    floatsOfNine: binary(NINE),
  };
}

function inRows(answer: Buffer): ReturnType<Form['valueOf']> {
  const { rows } = JSON.parse(answer.toString()) as { rows: Record<string, number>[] };
  return (name, i) => rows[i]![name]!;
}

/** The contenders must agree, or the comparison means nothing. */
async function assertSameAnswers(forms: Record<string, Form>): Promise<void> {
  const want = forms['naiveSeventeen']!;
  const wanted = want.valueOf(await post(want));
  for (const form of [forms['rows']!, forms['columns']!, forms['floats']!]) {
    const got = form.valueOf(await post(form));
    for (let i = 0; i < OPTIONS; i += 97) {
      for (const name of OUTPUT_NAMES) {
        const [a, b] = [got(name, i), wanted(name, i)];
        if (!(Math.abs(a - b) <= 1e-8 * (1 + Math.abs(a)))) throw new Error(`${name} of option ${i}: ${a} and ${b}`);
      }
    }
  }
}

async function startNaive() {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/naiveServer.ts'], { env, stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  return { url, stop: () => end(child) };
}

/** Greeks of 10,000 options through HTTP, each form of the service against the route that one would write first. */
export async function benchAnalysis(): Promise<{ name: string; metrics: Record<string, number> }> {
  const postgres = await startPostgres();
  const service = await startService(postgres.url);
  const naive = await startNaive();
  try {
    const forms = formsOf(naive.url, service.url);
    await assertSameAnswers(forms);
    const times = Object.fromEntries(Object.keys(forms).map((name) => [name, [] as number[]]));
    for (let run = -WARM_UP; run < RUNS; run++) {
      for (const [name, form] of Object.entries(forms)) {
        const started = performance.now();
        await post(form);
        if (run >= 0) times[name]!.push(performance.now() - started);
      }
    }
    const p50 = (name: string): number => quantile(times[name]!, 0.5);
    const metrics: Record<string, number> = { naiveNineMs: p50('naiveNine'), naiveSeventeenMs: p50('naiveSeventeen') };
    for (const name of ['rows', 'columns', 'floats']) {
      metrics[`${name}Ms`] = p50(name);
      metrics[`${name}Ratio`] = p50('naiveSeventeen') / p50(name);
      metrics[`${name}OfNineMs`] = p50(`${name}OfNine`);
      metrics[`${name}OfNineRatio`] = p50('naiveNine') / p50(`${name}OfNine`);
    }
    return { name: `analysis: outputs of ${OPTIONS} options through HTTP, p50 of ${RUNS} calls`, metrics };
  } finally {
    agent.destroy();
    await naive.stop();
    await service.stop();
    await postgres.stop();
  }
}
