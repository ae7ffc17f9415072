import { encodeFunctionData, parseAbi, type Abi, type Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { swapTermsOf } from '../../../../src/execution/aggregators/calldata.ts';

const SELL = '0x1111111111111111111111111111111111111111';
const BUY = '0x2222222222222222222222222222222222222222';
const TAKER = '0x3333333333333333333333333333333333333333';
const EXECUTOR = '0x4444444444444444444444444444444444444444';
const WORD: Hex = `0x${'00'.repeat(32)}`;
const WHOLE = { sellToken: SELL, buyToken: BUY, recipient: TAKER, most: 100n, least: 99n };

/** From the contracts' own sources, as tuples without names: the names of ours may not matter. */
const DESCRIPTION = '(address,address,address,address,uint256,uint256,uint256)';
const META = '(address,address,address[],uint256[],address[],uint256[],address,uint256,uint256,uint256,bytes)';
const ODOS = '(address,uint256,address,address,uint256,uint256,address)';
const GENERIC = '(address,address,uint256,uint256,uint256,bytes32,address)';
const UNISWAP = '(address,address,uint256,uint256,uint256,bytes32,address,bytes)';

const description = [SELL, BUY, EXECUTOR, TAKER, 100n, 99n, 0n];
const meta = [SELL, BUY, [], [], [], [], TAKER, 100n, 99n, 0n, '0x'];
const odos = [SELL, 100n, EXECUTOR, BUY, 101n, 99n, TAKER];
const generic = [SELL, BUY, 100n, 99n, 101n, WORD, TAKER];

const CALLS: [router: string, selector: Hex, signature: string, args: readonly unknown[]][] = [
  ['1inch v5', '0x12aa3caf', `swap(address,${DESCRIPTION},bytes,bytes)`, [EXECUTOR, description, '0x', '0x12']],
  ['1inch v6', '0x07ed2379', `swap(address,${DESCRIPTION},bytes)`, [EXECUTOR, description, '0x12']],
  ['KyberSwap', '0xe21fd0e9', `swap((address,address,bytes,${META},bytes))`, [[EXECUTOR, SELL, '0x', meta, '0x12']]],
  ['KyberSwap', '0x8af033fb', `swapSimpleMode(address,${META},bytes,bytes)`, [EXECUTOR, meta, '0x', '0x12']],
  ['Odos v2', '0x3b635ce4', `swap(${ODOS},bytes,address,uint32)`, [odos, '0x12', EXECUTOR, 0]],
  [
    'Odos v3',
    '0x30f80b4c',
    `swap(${ODOS},bytes,address,(uint64,uint64,address))`,
    [odos, '0x', EXECUTOR, [0n, 0n, SELL]],
  ],
  [
    'Velora',
    '0xe3ead59e',
    `swapExactAmountIn(address,${GENERIC},uint256,bytes,bytes)`,
    [EXECUTOR, generic, 0n, '0x', '0x'],
  ],
  [
    'Velora',
    '0x7f457675',
    `swapExactAmountOut(address,${GENERIC},uint256,bytes,bytes)`,
    [EXECUTOR, generic, 0n, '0x', '0x'],
  ],
  ['Velora', '0xe8bb3b6c', `swapExactAmountInOnUniswapV2(${UNISWAP},uint256,bytes)`, [[...generic, '0x'], 0n, '0x']],
  ['Velora', '0x876a02f6', `swapExactAmountInOnUniswapV3(${UNISWAP},uint256,bytes)`, [[...generic, '0x'], 0n, '0x']],
  ['Velora', '0xa76f4eb6', `swapExactAmountOutOnUniswapV2(${UNISWAP},uint256,bytes)`, [[...generic, '0x'], 0n, '0x']],
  ['Velora', '0x5e94e28d', `swapExactAmountOutOnUniswapV3(${UNISWAP},uint256,bytes)`, [[...generic, '0x'], 0n, '0x']],
];

function encoded(signature: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: parseAbi([`function ${signature}`] as never) as Abi, args } as never);
}

describe('tokens, recipient and amounts are read', () => {
  it.each(CALLS)('of %s, %s', (_router, selector, signature, args) => {
    const data = encoded(signature, args);
    expect(data.slice(0, 10)).toBe(selector);
    expect(swapTermsOf(data)).toEqual(WHOLE);
  });

  const SETTLER = 'execute((address,address,uint256),bytes[],bytes32)';
  const settler = encoded(SETTLER, [[TAKER, BUY, 99n], ['0x12'], WORD]);

  it('of Settler, which says nothing of what it takes, and of the allowance holder around it', () => {
    expect(settler.slice(0, 10)).toBe('0x1fff991f');
    expect(swapTermsOf(settler)).toEqual({ buyToken: BUY, recipient: TAKER, least: 99n });
    const exec = encoded('exec(address,address,uint256,address,bytes)', [EXECUTOR, SELL, 100n, EXECUTOR, settler]);
    expect(exec.slice(0, 10)).toBe('0x2213bc0b');
    expect(swapTermsOf(exec)).toEqual(WHOLE);
  });

  it('of the allowance holder around what is not known', () => {
    const exec = encoded('exec(address,address,uint256,address,bytes)', [EXECUTOR, SELL, 100n, EXECUTOR, '0xdeadbeef']);
    expect(swapTermsOf(exec)).toEqual({ sellToken: SELL, most: 100n });
  });
});

it('a function that is not known says nothing', () => {
  expect(swapTermsOf('0xdeadbeef')).toBeUndefined();
});

it.each(CALLS)('calldata of %s, %s, that ends too early is refused', (_router, selector) => {
  expect(() => swapTermsOf(selector)).toThrow('cannot be read');
});
