import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { deribitHttp, type DeribitHttpOptions } from '../../../src/market/deribitHttp.ts';

async function api(listener: RequestListener, options: DeribitHttpOptions = {}) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = deribitHttp({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...options });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await http.close();
  });
  return http;
}

it('an answer beyond the size is refused', async () => {
  const http = await api((_, response) => void response.end(`"${'x'.repeat(20_000)}"`), { maxBytes: 10_000 });
  await expect(http.instruments('BTC', 'option')).rejects.toThrow(
    /did not answer public\/get_instruments: .*max size/i,
  );
});

it('silence ends at the timeout', async () => {
  const http = await api(() => undefined, { timeoutMs: 100 });
  await expect(http.bookSummary('BTC', 'option')).rejects.toThrow(
    /did not answer public\/get_book_summary_by_currency/,
  );
});

it('an answer that drips ends too', async () => {
  const http = await api(
    (_, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    },
    { timeoutMs: 100 },
  );
  await expect(http.bookSummary('BTC', 'option')).rejects.toThrow(/did not answer/);
});

it('what is not JSON is told with its status', async () => {
  const http = await api((_, response) => void response.writeHead(502).end('<html>'));
  await expect(http.ticker('BTC-PERPETUAL')).rejects.toThrow(
    'Deribit answered public/ticker with status 502 and no JSON',
  );
});

it('nobody there is told', async () => {
  const http = deribitHttp({ baseUrl: 'http://127.0.0.1:1' });
  await expect(http.ticker('BTC-PERPETUAL')).rejects.toThrow(/did not answer public\/ticker: .*ECONNREFUSED/);
});
