import { createServer } from 'node:http';
import type { BlackInput } from '../src/quant/pricing/black.ts';
import { allTextbookGreeks, textbookGreeks } from './textbook.ts';

// The pricing route that one would write first: rows in by JSON.parse, an object per option, the textbook's formulas, rows
// out by JSON.stringify. /nine answers nine outputs, /seventeen all that the service answers.

interface Row {
  type: 'call' | 'put';
  spot: number;
  strike: number;
  expiryYears: number;
  vol: number;
  rate: number;
  dividendYield: number;
}

function optionOf({ type, spot, strike, expiryYears, vol, rate, dividendYield }: Row): BlackInput {
  return { spot, strike, time: expiryYears, rate, carry: rate - dividendYield, vol, sign: type === 'call' ? 1 : -1 };
}

function answer(url: string | undefined, body: string): string {
  const { rows } = JSON.parse(body) as { rows: Row[] };
  const options = rows.map(optionOf);
  const greeks = url === '/nine' ? options.map(textbookGreeks) : options.map(allTextbookGreeks);
  return JSON.stringify({ rows: greeks });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(request.method === 'GET' ? '{}' : answer(request.url, Buffer.concat(chunks).toString()));
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
