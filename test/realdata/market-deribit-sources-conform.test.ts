import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pullDeribit } from '../../src/market/deribit.ts';
import { deribitFolder } from '../../src/market/deribitFolder.ts';
import { deribitHttp } from '../../src/market/deribitHttp.ts';
import type { DeribitPublicApi } from '../../src/market/ports.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/data/deribit/raw_api');
const present = existsSync(FOLDER);
if (!present) console.warn(`skipped: Deribit's answers are not here (${FOLDER})`);

/** Answers requests as Deribit answered them on 2026-05-22, from the files. */
function answerOf(url: URL): { status: number; body: string } {
  const file = (name: string) => readFileSync(join(FOLDER, `deribit_${name}_20260522.json`), 'utf8');
  const { currency, kind, instrument_name: instrument } = Object.fromEntries(url.searchParams);
  const known = currency === 'BTC' && (kind === 'option' || kind === 'future');
  const empty = '{"jsonrpc":"2.0","result":[]}';
  switch (url.pathname) {
    case '/api/v2/public/get_instruments':
      return { status: 200, body: known ? file(`get_instruments_btc_${kind}`) : empty };
    case '/api/v2/public/get_book_summary_by_currency':
      return { status: 200, body: known ? file(`book_summary_btc_${kind}`) : empty };
    case '/api/v2/public/ticker':
      if (instrument === 'BTC-PERPETUAL') return { status: 200, body: file('ticker_btc_perpetual') };
      return { status: 400, body: '{"jsonrpc":"2.0","error":{"code":13020,"message":"instrument_not_found"}}' };
    default:
      return { status: 404, body: '<html>not here</html>' };
  }
}

let server: Server;
let http: ReturnType<typeof deribitHttp>;
let folder: DeribitPublicApi;

beforeAll(async () => {
  if (!present) return;
  server = createServer((request, response) => {
    const { status, body } = answerOf(new URL(request.url ?? '', 'http://localhost'));
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  http = deribitHttp({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2` });
  folder = await deribitFolder(FOLDER);
});
afterAll(async () => {
  await http?.close();
  server?.close();
});

describe.skipIf(!present)('Deribit over HTTP and Deribit from a folder answer alike', () => {
  const result = async (answer: Promise<unknown>) => ((await answer) as { result: unknown }).result;

  it.each(['option', 'future'] as const)('%s instruments and book summaries', async (kind) => {
    for (const currency of ['BTC', 'ETH']) {
      expect(await result(folder.instruments(currency, kind))).toEqual(await result(http.instruments(currency, kind)));
      expect(await result(folder.bookSummary(currency, kind))).toEqual(await result(http.bookSummary(currency, kind)));
    }
  });

  it('the ticker', async () => {
    expect(await result(folder.ticker('BTC-PERPETUAL'))).toEqual(await result(http.ticker('BTC-PERPETUAL')));
    expect(await folder.ticker('XYZ-PERPETUAL')).toBeUndefined();
    expect(await http.ticker('XYZ-PERPETUAL')).toBeUndefined();
  });

  it('and so the snapshots are the same', async () => {
    expect(await pullDeribit(http, ['BTC'])).toEqual(await pullDeribit(folder, ['BTC']));
  });

  it('a currency that is not listed is told', async () => {
    await expect(pullDeribit(http, ['DOGE'])).rejects.toThrow('Deribit lists nothing in DOGE');
    await expect(pullDeribit(folder, ['DOGE'])).rejects.toThrow('Deribit lists nothing in DOGE');
  });
});
