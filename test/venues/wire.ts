import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// An HTTP server of a venue with faults on demand: what a call does, and what of it is answered, are chosen apart.

export interface WireRequest {
  method: string;
  path: string;
  /** As it came, without the question mark. */
  rawQuery: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WireAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface WireFault {
  /** Part of `<METHOD> <path>` of the calls that it meets. */
  on: string;
  /** done: the venue acts; none: it does not; late: it does once the wire is told to `deliver`. */
  effect: 'done' | 'none' | 'late';
  /** own: what the venue says of it; hang: nothing, ever; drop: the connection ends; or what is answered in its place. */
  answer: 'own' | 'hang' | 'drop' | (WireAnswer & { raw?: string });
  /** How many calls it meets. */
  times?: number;
}

export interface VenueWire {
  url: string;
  /** `<METHOD> <path>` of every call that came. */
  calls: string[];
  requests: WireRequest[];
  fail(fault: WireFault): void;
  /** Has something happen just before the venue acts on a call, once. */
  before(on: string, happens: () => void): void;
  /** Takes back the faults that nothing has met. */
  clear(): void;
  /** Lets the requests that were held up arrive. */
  deliver(): WireAnswer[];
  close(): Promise<void>;
}

export async function startWire(handle: (request: WireRequest) => WireAnswer): Promise<VenueWire> {
  const faults: WireFault[] = [];
  const held: WireRequest[] = [];
  const happenings: { on: string; happens: () => void }[] = [];
  const calls: string[] = [];
  const requests: WireRequest[] = [];

  const next = (call: string): WireFault | undefined => {
    const i = faults.findIndex(({ on }) => call.includes(on));
    const fault = faults[i];
    if (fault && (fault.times = (fault.times ?? 1) - 1) === 0) faults.splice(i, 1);
    return fault;
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const [path = '', rawQuery = ''] = incoming.url!.split('?');
      const request: WireRequest = {
        ...{ method: incoming.method!, path, rawQuery, query: new URLSearchParams(rawQuery) },
        ...{ headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') },
      };
      const call = `${request.method} ${path}`;
      calls.push(call);
      requests.push(request);
      const happening = happenings.findIndex(({ on }) => call.includes(on));
      if (happening >= 0) happenings.splice(happening, 1)[0]!.happens();
      const fault = next(call);
      if (fault?.effect === 'late') held.push(request);
      const own = fault === undefined || fault.effect === 'done' ? handle(request) : undefined;
      if (fault === undefined || fault.answer === 'own') return reply(response, own!);
      if (fault.answer === 'drop') return void incoming.socket.destroy();
      if (fault.answer !== 'hang') reply(response, fault.answer);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    requests,
    fail: (fault) => void faults.push({ ...fault }),
    before: (on, happens) => void happenings.push({ on, happens }),
    clear: () => void faults.splice(0),
    deliver: () => held.splice(0).map(handle),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(response: ServerResponse, { status, body, headers, raw }: WireAnswer & { raw?: string }): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(raw ?? JSON.stringify(body));
}
