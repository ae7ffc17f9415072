import { isDeepStrictEqual } from 'node:util';
import type { Address } from 'viem';
import { calldataOf, priced, spenderOf, targetOf, type Dealer, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered, type Asked } from './server.ts';

// Velora v6.2: /prices, and /transactions/{chain} of a route that was given out, as it was.

export type VeloraServer = AggregatorServer & Velora;

interface Velora extends Dealer {
  routes: Record<string, unknown>[];
  /** The price has moved away since the route was given out. */
  hasMoved: boolean;
}

export function startVelora(pricing: Pricing): Promise<VeloraServer> {
  const state: Velora = { pricing, tampering: {}, routes: [], hasMoved: false };
  return serve(state, (velora, asked) => {
    if (asked.method === 'GET' && asked.path === '/prices') return prices(velora, asked.query);
    if (asked.method === 'POST' && asked.path === `/transactions/${pricing.chainId}`) return transaction(velora, asked);
    return refused('Not found', 404);
  });
}

async function prices(velora: Velora, query: URLSearchParams): Promise<Answered> {
  const text = (name: string) => query.get(name) ?? '';
  if (text('version') !== '6.2') return refused('Invalid version');
  if (!['SELL', 'BUY'].includes(text('side'))) return refused('Invalid side');
  for (const name of ['srcDecimals', 'destDecimals', 'amount', 'network'])
    if (!/^\d+$/.test(text(name))) return refused(`Validation failed: ${name}`);
  const trade: Trade = {
    ...{ side: text('side') === 'SELL' ? 'exact_in' : 'exact_out', amount: BigInt(text('amount')) },
    ...{ tokenIn: text('srcToken') as Address, tokenOut: text('destToken') as Address },
  };
  const found = Number(text('network')) === velora.pricing.chainId ? await priced(velora, trade) : undefined;
  if (!found) return refused('No routes found with enough liquidity');
  const swap = {
    exchange: 'UniswapV3',
    percent: 100,
    srcAmount: `${found.amountIn}`,
    destAmount: `${found.amountOut}`,
  };
  const priceRoute = {
    ...{ blockNumber: 17328561, network: Number(text('network')), side: text('side') },
    ...{ srcToken: trade.tokenIn, srcDecimals: Number(text('srcDecimals')), srcAmount: found.amountIn.toString() },
    ...{
      destToken: trade.tokenOut,
      destDecimals: Number(text('destDecimals')),
      destAmount: found.amountOut.toString(),
    },
    bestRoute: [{ percent: 100, swaps: [{ swapExchanges: [swap] }] }],
    ...{ gasCost: found.gas.toString(), gasCostUSD: '12.768692', partner: 'anon', partnerFee: 0 },
    ...{ tokenTransferProxy: spenderOf(velora), contractAddress: velora.pricing.router },
    ...{ contractMethod: 'swapExactAmountIn', maxImpactReached: false, hmac: `hmac-${velora.routes.length}` },
  };
  velora.routes.push(priceRoute);
  return { status: 200, body: { priceRoute } };
}

function transaction(velora: Velora, { query, body = {} }: Asked): Answered {
  const { priceRoute, srcAmount, destAmount, userAddress, slippage } = body as Record<string, string>;
  const route = velora.routes.find((known) => isDeepStrictEqual(known, priceRoute)) as
    Record<string, string> | undefined;
  if (!route) return refused('Invalid priceRoute: hmac does not match');
  if (velora.hasMoved) return refused('The rate has changed, please re-query the latest Price');
  if (slippage !== undefined && srcAmount !== undefined && destAmount !== undefined)
    return refused('Validation failed: slippage or both amounts');
  const isSell = route['side'] === 'SELL';
  if ((isSell ? srcAmount : destAmount) !== route[isSell ? 'srcAmount' : 'destAmount'])
    return refused('The rate has changed, please re-query the latest Price');
  if (query.get('ignoreChecks') !== 'true') return refused('It seems like your wallet does not contain enough balance');
  const trade: Trade = {
    ...{ side: isSell ? 'exact_in' : 'exact_out', amount: BigInt(isSell ? srcAmount! : destAmount!) },
    ...{ tokenIn: route['srcToken'] as Address, tokenOut: route['destToken'] as Address },
  };
  const bound = BigInt(isSell ? destAmount! : srcAmount!);
  const data = calldataOf(velora, trade, bound, userAddress as Address);
  const call = { from: userAddress, to: targetOf(velora), value: '0', data, gasPrice: '29000000000' };
  return { status: 200, body: { ...call, chainId: velora.pricing.chainId } };
}

function refused(error: string, status = 400): Answered {
  return { status, body: { error } };
}
