import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/platform/clock.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { startDeribit } from '../../venues/deribit.ts';
import { newAccount } from '../../venues/stage.ts';

export interface Desk {
  app: TestApp;
  /** Opens so many books that the next market finds out of their bands, each with a monitor that trades at the exchange; answers the monitors. */
  watch(books: number, more?: object): Promise<string[]>;
  stop(): Promise<void>;
}

/**
 * Ballast with an account at an exchange behind a gate, which is asked of every request by its path: it answers with what the request is
 * refused, or nothing to let it through.
 */
export async function startDesk(gate: (path: string) => Promise<object | undefined>): Promise<Desk> {
  const exchange = await startDeribit(systemClock);
  const keys = newAccount('deribit');
  exchange.accounts.set('desk', keys);
  exchange.engine.quote('BTC-PERPETUAL', [['99999.5', '9000000000']], [['100000.5', '9000000000']]);
  const wire = createServer((incoming, response) => {
    const { host: _host, ...headers } = incoming.headers as Record<string, string>;
    const path = incoming.url!;
    void gate(path).then(async (refusal) => {
      const passed = refusal ? undefined : await fetch(exchange.wire.url + path, { method: incoming.method!, headers });
      response.writeHead(passed?.status ?? 400, { 'content-type': 'application/json' });
      response.end(passed ? await passed.text() : JSON.stringify(refusal));
    });
  });
  await new Promise<void>((listening) => wire.listen(0, '127.0.0.1', listening));
  const folder = await mkdtemp(join(tmpdir(), 'ballast-desk-'));
  const venuesFile = join(folder, 'venues.json');
  const url = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  await writeFile(venuesFile, JSON.stringify({ exchanges: { deribit: { url } } }));
  const app = await startTestApp({}, { venuesFile });
  const made = async (path: string, body: object): Promise<string> =>
    (await app.api().post(path).send(body).expect(201)).body.id;
  return {
    app,
    async watch(books, more = {}) {
      const credentials = { venue: 'deribit', apiKey: keys.apiKey, apiSecret: keys.apiSecret };
      const accountId = await made('/v1/venue-accounts', { name: 'desk', credentials });
      const policy = { kind: 'delta_tolerance', tolerance: 0.01, rebalanceTo: 'target' };
      const request = {
        plan: { policy, targets: [{ underlying: 'BTC' }] },
        execution: { venue: 'deribit', accountId, validForSeconds: 3_600 },
        ...{ maxAgeSeconds: 86_400, ...more },
      };
      const positions = [{ instrument: 'deribit:BTC-PERPETUAL', quantity: '50000' }];
      const ids: string[] = [];
      for (let i = 0; i < books; i++) {
        const portfolioId = await made('/v1/portfolios', { name: 'a book', positions });
        ids.push(await made('/v1/monitors', { portfolioId, ...request }));
      }
      return ids;
    },
    async stop() {
      await app.stop();
      wire.closeAllConnections();
      wire.close();
      await exchange.wire.close();
      await rm(folder, { recursive: true });
    },
  };
}
