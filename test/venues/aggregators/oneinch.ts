import type { Address } from 'viem';
import { calldataOf, priced, spenderOf, targetOf, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered, type Asked } from './server.ts';

// 1inch Classic Swap v6.1.

export type OneinchServer = AggregatorServer & Oneinch;

interface Oneinch extends Dealer {
  apiKey: string;
}

export function startOneinch(pricing: Pricing, apiKey = 'oneinch-key'): Promise<OneinchServer> {
  const state: Oneinch = { pricing, tampering: {}, apiKey };
  const base = `/swap/v6.1/${pricing.chainId}`;
  return serve(state, (oneinch, asked) => {
    if (asked.headers.authorization !== `Bearer ${oneinch.apiKey}`)
      return { status: 401, body: { statusCode: 401, error: 'Unauthorized', description: 'Unauthorized' } };
    if (asked.path === `${base}/approve/spender`) return { status: 200, body: { address: spenderOf(oneinch) } };
    if (asked.path === `${base}/swap`) return swap(oneinch, asked);
    return refused('Not Found');
  });
}

async function swap(oneinch: Oneinch, { query }: Asked): Promise<Answered> {
  const text = (name: string) => query.get(name) ?? '';
  for (const name of ['src', 'dst', 'amount', 'from', 'slippage'])
    if (!text(name)) return refused(`${name} is required`);
  const slippage = Number(text('slippage'));
  if (!(slippage >= 0 && slippage <= 50)) return refused('slippage must be between 0 and 50');
  if (text('disableEstimate') !== 'true') return refused('Not enough allowance');
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(text('amount')) },
    ...{ tokenIn: text('src') as Address, tokenOut: text('dst') as Address },
  };
  const found = await priced(oneinch, trade);
  if (!found) return refused('insufficient liquidity');
  const least = (found.amountOut * BigInt(10_000 - Math.round(slippage * 100))) / 10_000n;
  const from = text('from') as Address;
  const tx = {
    ...{ from, to: targetOf(oneinch), data: calldataOf(oneinch, trade, least, from) },
    ...{ value: '0', gas: 0, gasPrice: text('gasPrice') },
  };
  return { status: 200, body: { dstAmount: found.amountOut.toString(), tx } };
}

function refused(description: string): Answered {
  const meta = [{ type: 'toTokenAmount', value: '0' }];
  const requestId = '82444c15-9092-473a-82da-da3dd1de6d2d';
  return { status: 400, body: { statusCode: 400, error: 'Bad Request', description, meta, requestId } };
}
