import { isDeepStrictEqual } from 'node:util';
import type { Address } from 'viem';
import { calldataOf, priced, targetOf, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered, type Asked } from './server.ts';

// KyberSwap Aggregator v1: /routes, and /route/build of a route that was given out, as it was.

export type KyberswapServer = AggregatorServer & Kyberswap;

interface Kyberswap extends Dealer {
  routes: Record<string, unknown>[];
  /** What the transaction gives of what the route promised, in parts of 10,000. */
  drift: bigint;
}

const REQUEST_ID = '68114c04-aa9a-448a-a402-c95ed9d0507e';

export function startKyberswap(pricing: Pricing): Promise<KyberswapServer> {
  const state: Kyberswap = { pricing, tampering: {}, routes: [], drift: 10_000n };
  return serve(state, (kyberswap, asked) => {
    if (!asked.headers['x-client-id']) return refused(429, 429, 'too many requests');
    if (asked.method === 'GET' && asked.path === '/ethereum/api/v1/routes') return route(kyberswap, asked.query);
    if (asked.method === 'POST' && asked.path === '/ethereum/api/v1/route/build') return build(kyberswap, asked);
    return refused(404, 404, 'not found');
  });
}

async function route(kyberswap: Kyberswap, query: URLSearchParams): Promise<Answered> {
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(query.get('amountIn') ?? '0') },
    ...{ tokenIn: query.get('tokenIn') as Address, tokenOut: query.get('tokenOut') as Address },
  };
  if (trade.amount === 0n) return refused(400, 4001, 'unable to bind query parameters');
  const found = await priced(kyberswap, trade);
  if (!found) return refused(400, 4008, 'route not found');
  const routeSummary = {
    ...{ tokenIn: trade.tokenIn, amountIn: trade.amount.toString(), amountInUsd: '0.01089082118538589' },
    ...{ tokenOut: trade.tokenOut, amountOut: found.amountOut.toString(), amountOutUsd: '0.01124049516363144' },
    ...{ gas: found.gas.toString(), gasPrice: query.get('gasPrice'), gasUsd: '0.001481587105465152', l1FeeUsd: '0' },
    extraFee: { feeAmount: '', chargeFeeBy: '', isInBps: false, feeReceiver: '' },
    route: [[{ exchange: 'uniswapv3', swapAmount: trade.amount.toString(), extra: { nT: -21833 } }]],
    ...{ routeID: REQUEST_ID, checksum: `${kyberswap.routes.length}`, timestamp: 1762418141 },
  };
  kyberswap.routes.push(routeSummary);
  return said({ routeSummary, routerAddress: kyberswap.pricing.router });
}

function build(kyberswap: Kyberswap, { body = {} }: Asked): Answered {
  const { routeSummary, sender, recipient, slippageTolerance = 0 } = body;
  const known = kyberswap.routes.find((each) => isDeepStrictEqual(each, routeSummary)) as Record<string, string>;
  if (!known) return refused(400, 4002, 'unable to bind request body');
  if (!sender || !recipient) return refused(400, 40010, 'sender is empty');
  if (!Number.isInteger(slippageTolerance) || (slippageTolerance as number) > 2_000)
    return refused(400, 4002, 'slippageTolerance is not valid');
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(known['amountIn']!) },
    ...{ tokenIn: known['tokenIn'] as Address, tokenOut: known['tokenOut'] as Address },
  };
  const quoted = BigInt(known['amountOut']!);
  const amountOut = (quoted * kyberswap.drift) / 10_000n;
  const least = (quoted * (10_000n - BigInt(slippageTolerance as number))) / 10_000n;
  if (amountOut < least) return refused(422, 4222, 'quoted amount is smaller than estimated');
  return said({
    ...{ amountIn: known['amountIn'], amountInUsd: '998.7550398639835', amountOut: amountOut.toString() },
    ...{ amountOutUsd: '999.0590625101862', gas: known['gas'], gasUsd: '0.2157367189963915', additionalCostUsd: '0' },
    outputChange: { amount: '0', percent: 0, level: 0 },
    data: calldataOf(kyberswap, trade, least, recipient as Address),
    ...{ routerAddress: targetOf(kyberswap), transactionValue: '0' },
  });
}

function said(data: unknown): Answered {
  return { status: 200, body: { code: 0, message: 'successfully', data, requestId: REQUEST_ID } };
}

function refused(status: number, code: number, message: string): Answered {
  return { status, body: { code, message, details: null, requestId: REQUEST_ID } };
}
