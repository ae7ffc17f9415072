import { describe, expect, it } from 'vitest';
import { MAX_FAULTS } from '../../../src/platform/problem.ts';
import { PositionInputSchema } from '../../../src/portfolios/model.ts';
import { BookCheck } from '../../../src/portfolios/positions.ts';

const AS_OF = new Date('2030-11-01T08:00:00Z');
const CALL = 'deribit:BTC-27DEC30-100000-C';

function check(...positions: object[]) {
  const book = new BookCheck(AS_OF);
  const records = positions.map((position, i) => book.add(PositionInputSchema.parse(position), ['positions', i]));
  return { records, faults: book.faults };
}

it('a good position becomes a flat record', () => {
  const { records, faults } = check({ instrument: CALL, quantity: '-1.50', averagePrice: '0.09' });
  expect(faults).toEqual([]);
  expect(records).toEqual([
    {
      ...{ position_id: CALL, symbol: CALL, kind: 'option', underlying: 'BTC', quote: 'USD', settlement: 'inverse' },
      ...{ option_type: 'call', strike: '100000', expiry: '2030-12-27T08:00:00.000Z' },
      ...{ pool: null, quantity: '-1.5', multiplier: '1', average_price: '0.09' },
    },
  ]);
});

it('US options have a hundred shares when nothing else is said', () => {
  const instrument = 'occ:SPY   310117C00450000';
  expect(check({ instrument, quantity: '1' }).records[0]).toMatchObject({ multiplier: '100' });
  expect(check({ instrument, quantity: '1', multiplier: '10' }).records[0]).toMatchObject({ multiplier: '10' });
});

describe('faults', () => {
  it.each([
    [
      'a symbol that cannot be read',
      { instrument: 'deribit:BTC-30FEB30', quantity: '1' },
      'invalid_date',
      'instrument',
    ],
    ['a venue that is not known', { instrument: 'okx:BTC-PERP', quantity: '1' }, 'unknown_venue', 'instrument'],
    ['what ends at that instant', { instrument: 'deribit:BTC-1NOV30', quantity: '1' }, 'expired', 'instrument'],
  ])('%s', (_name, position, code, field) => {
    const { records, faults } = check({ instrument: 'spot:BTC/USD', quantity: '1' }, position);
    expect(records[1]).toBeUndefined();
    expect(faults).toEqual([{ pointer: `/positions/1/${field}`, code, detail: expect.any(String) }]);
  });

  it('an id given twice, be it a symbol that stands for one', () => {
    const { faults } = check(
      { id: 'a', instrument: CALL, quantity: '1' },
      { id: 'a', instrument: 'spot:BTC/USD', quantity: '1' },
      { instrument: CALL, quantity: '1' },
      { instrument: CALL, quantity: '1' },
    );
    expect(faults.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/positions/1/id', 'duplicate_position'],
      ['/positions/3/id', 'duplicate_position'],
    ]);
  });

  it('name the line where there is one', () => {
    const book = new BookCheck(AS_OF);
    book.add(PositionInputSchema.parse({ instrument: 'nowhere', quantity: '1' }), [], 17);
    expect(book.faults).toMatchObject([{ pointer: '/instrument', line: 17 }]);
  });

  it('are listed up to a hundred', () => {
    const { faults } = check(...Array.from({ length: 150 }, () => ({ instrument: 'nowhere', quantity: '1' })));
    expect(faults).toHaveLength(MAX_FAULTS);
  });
});

describe('the place of a hedge', () => {
  const hedge = 'hedge:deribit:BTC-PERPETUAL';
  const terms = { kind: 'perpetual', underlying: 'BTC', settlement: 'inverse' };

  it.each([
    ['by symbol', 'deribit:BTC-PERPETUAL'],
    ['by terms', terms],
  ])('may hold its own instrument, so that a book can be put back as it was read: %s', (_name, instrument) => {
    expect(check({ id: hedge, instrument, quantity: '5' }).faults).toEqual([]);
  });

  it.each([
    ['another instrument', hedge, 'deribit:ETH-PERPETUAL'],
    ['the same under another settlement', hedge, { ...terms, settlement: 'linear' }],
    ['a name that is none', 'hedge:mine', 'deribit:BTC-PERPETUAL'],
  ])('may not hold %s: fills are added to what stands there', (_name, id, instrument) => {
    expect(check({ id, instrument, quantity: '5' }).faults).toMatchObject([
      { pointer: '/positions/0/id', code: 'reserved_id' },
    ]);
  });
});
