import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// The HTTP side of an aggregator of ours, with faults on demand.

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** As parsed; undefined where there was none. */
  body: Record<string, unknown> | undefined;
}

export interface Answered {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** Sent in place of the body. */
  raw?: string;
}

export type ServerFault = 'hang' | 'drop' | Answered | ((answer: Answered) => Answered);

export interface AggregatorServer {
  url: string;
  asked: Asked[];
  /** What goes wrong with the calls from now on whose `<METHOD> <path>` holds the text; all when left out. */
  fault: { on: string; does: ServerFault } | undefined;
  close(): Promise<void>;
}

/** @param state what the aggregator is made of; it becomes part of the server, where tests change it */
export async function serve<T extends object>(
  state: T,
  handle: (state: T, asked: Asked) => Answered | Promise<Answered>,
): Promise<AggregatorServer & T> {
  const http = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const [path = '', query] = incoming.url!.split('?');
      const text = Buffer.concat(chunks).toString('utf8');
      const asked: Asked = {
        ...{ method: incoming.method!, path, query: new URLSearchParams(query), headers: incoming.headers },
        body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
      };
      server.asked.push(asked);
      const does = server.fault && `${asked.method} ${path}`.includes(server.fault.on) ? server.fault.does : undefined;
      if (does === 'hang') return;
      if (does === 'drop') return void incoming.socket.destroy();
      if (typeof does === 'object') return reply(response, does);
      void (async () => handle(state, asked))().then(
        (answer) => reply(response, does ? does(answer) : answer),
        (error: unknown) => reply(response, { status: 500, body: { error: String(error) } }),
      );
    });
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  const wire: AggregatorServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    ...{ asked: [], fault: undefined },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const server = Object.assign(state, wire);
  return server;
}

function reply(response: ServerResponse, { status, body, headers, raw }: Answered): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(raw ?? JSON.stringify(body));
}

/** The answer with another value at the path; without it where there is none. */
export function changed(said: Answered, path: string, value?: unknown): Answered {
  const body = structuredClone(said.body) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, body);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return { ...said, body };
}
