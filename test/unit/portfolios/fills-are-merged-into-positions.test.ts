import { describe, expect, it } from 'vitest';
import { resolveInstrument } from '../../../src/instruments/service.ts';
import { mergeTrade } from '../../../src/portfolios/hedges.ts';

function instrument(symbol: string) {
  const resolved = resolveInstrument(symbol);
  if (!resolved.ok) throw new Error(resolved.detail);
  return resolved.instrument;
}

/** What is held after a trade: [quantity, average], or nothing. */
function after(symbol: string, held: [string, string | null] | undefined, trade: [string, string], multiplier = '1') {
  const position = held && { quantity: held[0], averagePrice: held[1], multiplier };
  const [record] = mergeTrade(position, {
    instrument: instrument(symbol),
    quantity: trade[0],
    averagePrice: trade[1],
  });
  return record && [record.quantity, record.average_price];
}

const LINEAR = 'deribit:BTC_USDC-PERPETUAL';
const INVERSE = 'deribit:BTC-PERPETUAL';

describe.each([
  ['linear', LINEAR, '87.5'],
  ['inverse: coins add up, so the average is harmonic', INVERSE, '80'],
])('%s', (_name, symbol, average) => {
  it('opening takes the price of the trade', () => {
    expect(after(symbol, undefined, ['-3', '50'])).toEqual(['-3', '50']);
  });

  it('adding averages, long and short alike', () => {
    expect(after(symbol, ['100', '50'], ['300', '100'])).toEqual(['400', average]);
    expect(after(symbol, ['-100', '50'], ['-300', '100'])).toEqual(['-400', average]);
  });

  it('reducing keeps the entry', () => {
    expect(after(symbol, ['100', '50'], ['-40', '90'])).toEqual(['60', '50']);
    expect(after(symbol, ['-100', '50'], ['40', '90'])).toEqual(['-60', '50']);
  });

  it('closing leaves no position', () => {
    expect(after(symbol, ['100.5', '50'], ['-100.50', '90'])).toBeUndefined();
  });

  it('turning over takes the price of the trade', () => {
    expect(after(symbol, ['100', '50'], ['-130', '90'])).toEqual(['-30', '90']);
    expect(after(symbol, ['-100', '50'], ['130', '90'])).toEqual(['30', '90']);
  });
});

describe('an entry that is not known', () => {
  it('stays unknown while the position stands', () => {
    expect(after(LINEAR, ['100', null], ['10', '90'])).toEqual(['110', null]);
    expect(after(LINEAR, ['100', null], ['-10', '90'])).toEqual(['90', null]);
  });

  it('is known again when the position turns over', () => {
    expect(after(LINEAR, ['100', null], ['-110', '90'])).toEqual(['-10', '90']);
  });
});

it("a client's multiplier counts as quantity, so that nothing of the position is lost", () => {
  expect(after(LINEAR, ['5', '50'], ['50', '100'], '10')).toEqual(['100', '75']);
});

it('quantities are exact, whatever binary floats make of them', () => {
  expect(after(LINEAR, ['0.1', '1'], ['0.2', '1'])).toEqual(['0.3', '1']);
  expect(after(LINEAR, ['123456789012345678', '1'], ['0.000000000000000001', '1'])![0]).toBe(
    '123456789012345678.000000000000000001',
  );
});

it('is held under the symbol of the hedge, with nothing of the client in it', () => {
  const [record] = mergeTrade(undefined, { instrument: instrument(INVERSE), quantity: '10', averagePrice: '5' });
  expect(record).toMatchObject({
    position_id: `hedge:${INVERSE}`,
    symbol: INVERSE,
    multiplier: '1',
    kind: 'perpetual',
  });
});
