import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../../src/execution/exchanges/dialect.ts';
import { onGrid } from '../../../../src/execution/exchanges/grid.ts';

const SWAP: Listing = {
  ...{ name: 'BTC-USDT-SWAP', open: true, lot: '0.1', minimum: '0.2', maximum: '1000', tick: '0.1', unit: '0.01' },
  coarseTicks: [
    { above: '1000', tick: '0.5' },
    { above: '100000', tick: '5' },
  ],
};
const order = (quantity: string, limitPrice = '100', side: 'buy' | 'sell' = 'buy') => ({ quantity, limitPrice, side });

describe('orders are put on the grid of the venue', () => {
  it('counts in the amounts of the venue, exactly', () => {
    expect(onGrid(order('0.003'), SWAP)).toEqual({ amount: '0.3', price: '100' });
    expect(onGrid(order('1.234567'), { ...SWAP, lot: '0.0001', unit: '0.01' })).toMatchObject({ amount: '123.4567' });
  });

  it('refuses a quantity that is off the lot, and names it in our unit', () => {
    expect(() => onGrid(order('0.0035'), SWAP)).toThrow(
      'The quantity 0.0035 is off the grid: BTC-USDT-SWAP is traded in multiples of 0.001',
    );
  });

  it('refuses what is below the least and above the most', () => {
    expect(() => onGrid(order('0.001'), SWAP)).toThrow('the smallest order in BTC-USDT-SWAP is 0.002');
    expect(() => onGrid(order('0.0'), SWAP)).toThrow('the smallest order');
    expect(() => onGrid(order('10.001'), SWAP)).toThrow('the largest order in BTC-USDT-SWAP is 10');
  });

  it('refuses a notional below the least', () => {
    const listing = { ...SWAP, minimumNotional: '5' };
    expect(() => onGrid(order('0.002', '1000'), listing)).toThrow(
      '2 of notional is too little: the least in BTC-USDT-SWAP is 5',
    );
    expect(onGrid(order('0.005', '1000'), listing)).toEqual({ amount: '0.5', price: '1000' });
  });

  it('rounds the limit to the tick on the side that is no worse', () => {
    expect(onGrid(order('0.003', '95.04'), SWAP).price).toBe('95');
    expect(onGrid(order('0.003', '95.04', 'sell'), SWAP).price).toBe('95.1');
    expect(onGrid(order('0.003', '95.1', 'sell'), SWAP).price).toBe('95.1');
  });

  it('takes the coarser tick above its price', () => {
    expect(onGrid(order('0.003', '1000.3'), SWAP).price).toBe('1000');
    expect(onGrid(order('0.003', '1000'), SWAP).price).toBe('1000');
    expect(onGrid(order('0.003', '100001', 'sell'), SWAP).price).toBe('100005');
  });

  it('refuses a limit below the tick, which would be a price of nothing', () => {
    expect(() => onGrid(order('0.003', '0.04'), SWAP)).toThrow(
      'The limit 0.04 is below the tick of BTC-USDT-SWAP, 0.1',
    );
  });
});
