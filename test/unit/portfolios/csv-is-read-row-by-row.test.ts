import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/platform/problem.ts';
import { readPositionCsv, type CsvRow } from '../../../src/portfolios/csv.ts';

const CALL = 'deribit:BTC-27DEC30-100000-C';

async function read(text: string | Buffer[], maxBytes = 1e6): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  const chunks = typeof text === 'string' ? [Buffer.from(text)] : text;
  for await (const row of readPositionCsv(Readable.from(chunks), maxBytes)) rows.push(row);
  return rows;
}

/** The problem that reading ends with. */
async function problem(text: string, maxBytes?: number): Promise<Problem> {
  const error = await read(text, maxBytes).catch((thrown: unknown) => thrown);
  if (!(error instanceof Problem)) throw new Error(`no problem but ${String(error)}`);
  return error;
}

const faultsOf = (row: CsvRow | undefined) =>
  row && 'faults' in row ? row.faults.map(({ pointer, code, line }) => [pointer, code, line]) : [];

describe('good rows', () => {
  it('have their line, the header being line 1', async () => {
    expect(await read(`instrument,quantity\n${CALL},-1.5\nspot:BTC/USD,2\n`)).toEqual([
      { line: 2, position: { instrument: CALL, quantity: '-1.5' } },
      { line: 3, position: { instrument: 'spot:BTC/USD', quantity: '2' } },
    ]);
  });

  it('may have their columns in any order; an empty cell is a value left out', async () => {
    const [row] = await read('averagePrice,id,quantity,multiplier,instrument\n,a,1,,spot:BTC/USD');
    expect(row).toEqual({ line: 2, position: { id: 'a', quantity: '1', instrument: 'spot:BTC/USD' } });
  });

  it.each([
    ['a byte order mark', `\ufeffinstrument,quantity\nspot:BTC/USD,1`],
    ['Windows line ends', `instrument,quantity\r\nspot:BTC/USD,1\r\n`],
    ['quotes', `"instrument","quantity"\n"spot:BTC/USD","1"`],
    ['spaces around values', `instrument , quantity\n spot:BTC/USD , 1 `],
    ['empty lines', `instrument,quantity\n\nspot:BTC/USD,1\n\n`],
  ])('with %s', async (_name, text) => {
    expect((await read(text)).map((row) => 'position' in row && row.position)).toEqual([
      { instrument: 'spot:BTC/USD', quantity: '1' },
    ]);
  });

  it('keep the spaces inside a symbol, and quotes and commas in an id', async () => {
    const [row] = await read('id,instrument,quantity\n"a ""b"", c",occ:SPY   310117C00450000,1');
    expect(row).toMatchObject({ position: { id: 'a "b", c', instrument: 'occ:SPY   310117C00450000' } });
  });

  it('survive being cut anywhere, in the middle of a character too', async () => {
    const whole = Buffer.from('instrument,quantity\nspot:BTC/USD,1\nspot:ÄÖ/USD,1\n');
    for (let at = 1; at < whole.length; at++)
      expect(await read([whole.subarray(0, at), whole.subarray(at)])).toEqual(await read([whole]));
  });

  it('are none where there is a header only', async () => {
    expect(await read('instrument,quantity\n')).toEqual([]);
  });
});

describe('bad rows are told, and the rest is read', () => {
  it.each([
    ['too few values', 'spot:BTC/USD', ['', 'column_count', 2]],
    ['too many values', 'spot:BTC/USD,1,2', ['', 'column_count', 2]],
    ['no quantity', 'spot:BTC/USD,', ['/quantity', expect.any(String), 2]],
    ['a quantity of zero', 'spot:BTC/USD,0.0', ['/quantity', 'custom', 2]],
    ['a quantity with an exponent', 'spot:BTC/USD,1e3', ['/quantity', expect.any(String), 2]],
    ['a quantity with thousands', 'spot:BTC/USD,"1,000"', ['/quantity', expect.any(String), 2]],
    ['no instrument', ',1', ['/instrument', expect.any(String), 2]],
  ])('%s', async (_name, line, fault) => {
    const rows = await read(`instrument,quantity\n${line}\nspot:BTC/USD,1`);
    expect(faultsOf(rows[0])).toEqual([fault]);
    expect(rows[1]).toMatchObject({ line: 3, position: { quantity: '1' } });
  });

  it('with every fault that they have', async () => {
    const [row] = await read('instrument,quantity,multiplier,averagePrice\nspot:BTC/USD,x,-1,-2');
    expect(faultsOf(row).map(([pointer]) => pointer)).toEqual(['/quantity', '/multiplier', '/averagePrice']);
  });

  it('an id that is not printable ASCII', async () => {
    expect(faultsOf((await read('id,instrument,quantity\nä,spot:BTC/USD,1'))[0])).toEqual([
      ['/id', expect.any(String), 2],
    ]);
  });
});

describe('a file that cannot be read', () => {
  it('is empty', async () => {
    for (const text of ['', '\n\n', '\ufeff']) expect((await problem(text)).code).toBe('validation_failed');
  });

  it.each([
    ['a column that there is not', 'instrument,quantity,price', 'unknown_field'],
    ['a column twice', 'instrument,quantity,quantity', 'duplicate_column'],
    ['no column for the quantity', 'instrument,id', 'missing_column'],
    ['another way of writing it', 'Instrument,quantity', 'unknown_field'],
  ])('has %s', async (_name, header, code) => {
    const { faults } = await problem(`${header}\na,b,c`);
    expect(faults).toContainEqual({ pointer: '', code, detail: expect.any(String), line: 1 });
  });

  it('is not CSV', async () => {
    const error = await problem('instrument,quantity\nspot:BTC/USD,"1');
    expect(error).toMatchObject({ code: 'validation_failed', faults: [{ code: 'malformed_csv' }] });
  });

  it('is too large', async () => {
    const text = `instrument,quantity\n${'spot:BTC/USD,1\n'.repeat(100)}`;
    expect((await problem(text, 200)).code).toBe('payload_too_large');
    expect(await read(text, text.length)).toHaveLength(100);
  });

  it('breaks off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('instrument,quantity\n');
        throw new Error('connection reset');
      })(),
    );
    await expect(async () => {
      for await (const _row of readPositionCsv(broken, 1e6)) continue;
    }).rejects.toThrow('connection reset');
  });
});
