import { encodeAbiParameters, encodeEventTopics, pad, parseAbi, type Address, type Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import type { Intent, IntentService } from '../../../../src/execution/aggregators/intents.ts';
import { intentServiceOf } from '../../../../src/execution/aggregators/select.ts';
import type { EventLog } from '../../../../src/execution/chains/rpc.ts';
import { fixedClock } from '../../../../src/platform/clock.ts';
import { AT, OTHER, TAKER, USDC, WETH } from '../../../venues/aggregators/stage.ts';

const ROUTER: Address = '0x111111125421ca6dc452d289314280a0f8842a65';
const EVENTS = parseAbi([
  'event OrderFilled(bytes32 orderHash, uint256 remainingAmount)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
]);
const config = { name: 'oneinch', flavour: 'fusion', url: 'http://127.0.0.1:1', targets: [OTHER], spenders: [ROUTER] };
const service: IntentService = intentServiceOf(config as never, { clock: fixedClock(AT) })!;

const nameOf = (digit: string): Hex => pad(`0x${digit}`, { size: 32 });
const intentOf = (digit: string, sellAmount: string) =>
  ({ uid: nameOf(digit), owner: TAKER, sellToken: WETH, buyToken: USDC, sellAmount, buyAmount: '1' }) as Intent;
type Part = Omit<EventLog, 'logIndex'>;
const filledLog = (digit: string, address: Address = ROUTER): Part => ({
  ...{ address, topics: encodeEventTopics({ abi: EVENTS, eventName: 'OrderFilled' }) as Hex[] },
  data: encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [nameOf(digit), 0n]),
});
const moved = (address: Address, from: Address, to: Address, value: bigint): Part => ({
  ...{ address, topics: encodeEventTopics({ abi: EVENTS, eventName: 'Transfer', args: { from, to } }) as Hex[] },
  data: encodeAbiParameters([{ type: 'uint256' }], [value]),
});
const numbered = (parts: Part[]): EventLog[] => parts.map((part, i) => ({ ...part, logIndex: i + 7 }));

describe('a transaction that fills one order of an owner within another', () => {
  const logs = numbered([
    moved(WETH, TAKER, OTHER, 10n),
    moved(WETH, TAKER, OTHER, 5n),
    moved(USDC, OTHER, ROUTER, 1_501n),
    moved(USDC, ROUTER, OTHER, 1n),
    moved(USDC, ROUTER, TAKER, 1_500n),
    filledLog('2'),
    moved(USDC, OTHER, TAKER, 3_000n),
    filledLog('1'),
    moved(USDC, OTHER, TAKER, 77n),
  ]);

  it('has for each what was paid for it, by the log of its name', () => {
    expect(service.tradeOf(intentOf('1', '10'), logs)).toEqual({ sold: 10n, bought: 3_000n, logIndex: 14 });
    expect(service.tradeOf(intentOf('2', '5'), logs)).toEqual({ sold: 5n, bought: 1_500n, logIndex: 12 });
  });

  it('has nothing for another order, nor by the log of another contract', () => {
    expect(service.tradeOf(intentOf('3', '10'), logs)).toBeUndefined();
    const forged = numbered([moved(USDC, OTHER, TAKER, 1n), filledLog('1', OTHER)]);
    expect(service.tradeOf(intentOf('1', '10'), forged)).toBeUndefined();
  });

  it('has nothing where the owner was paid nothing before', () => {
    expect(service.tradeOf(intentOf('1', '10'), numbered([filledLog('1'), logs[6]!]))).toBeUndefined();
  });
});
