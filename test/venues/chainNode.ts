import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hex } from 'viem';

// A node of a chain with faults on demand: it passes on to a real one what a fault does not hold back.

export interface NodeFault {
  /** JSON-RPC method that it meets. */
  method: string;
  /** Whether the real node gets to see the call. */
  effect: 'done' | 'none';
  /** hang: nothing, ever; drop: the connection ends; or what is answered in place of the truth. */
  answer: 'hang' | 'drop' | { status?: number; body: object | string };
  times?: number;
}

export interface ChainNode {
  url: string;
  /** Of every call that came, in order. */
  methods: string[];
  /** Signed bytes that it was sent, in order. */
  sent: Hex[];
  fail(fault: NodeFault): void;
  /** Asked for a fault of every call. */
  onCall(fault: (method: string, params: readonly unknown[]) => Omit<NodeFault, 'method'> | undefined): void;
  /** Ends all faults. */
  heal(): void;
  close(): Promise<void>;
}

export async function startChainNode(target: string): Promise<ChainNode> {
  let faults: NodeFault[] = [];
  let decide: Parameters<ChainNode['onCall']>[0] = () => undefined;
  const methods: string[] = [];
  const sent: Hex[] = [];

  const next = (method: string, params: readonly unknown[]): Omit<NodeFault, 'method'> | undefined => {
    const decided = decide(method, params);
    if (decided) return decided;
    const fault = faults.find((each) => each.method === method);
    if (fault && (fault.times = (fault.times ?? 1) - 1) === 0) faults = faults.filter((each) => each !== fault);
    return fault;
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      void (async () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const { method, id, params } = JSON.parse(body) as { method: string; id: number; params: [Hex] };
        methods.push(method);
        if (method === 'eth_sendRawTransaction') sent.push(params[0]);
        const fault = next(method, params);
        const passed = fault?.effect === 'none' ? undefined : await passOn(target, body);
        if (fault?.answer === 'hang') return;
        if (fault?.answer === 'drop') return void incoming.socket.destroy();
        const said = fault ? fault.answer : { body: passed! };
        const { status = 200, body: text } = said as { status?: number; body: object | string };
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof text === 'string' ? text : JSON.stringify({ jsonrpc: '2.0', id, ...text }));
      })();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ methods, sent },
    fail: (fault) => void faults.push({ ...fault }),
    onCall: (fault) => void (decide = fault),
    heal: () => void (faults = []),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function passOn(target: string, body: string): Promise<string> {
  const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return answer.text();
}
