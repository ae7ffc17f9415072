import { getAddress, type Address } from 'viem';
import type { Clock } from '../../../src/platform/clock.ts';
import { calldataOf, priced, targetOf, type Dealer, type Priced, type Pricing, type Trade } from './pricing.ts';
import { serve, type AggregatorServer, type Answered } from './server.ts';

// Odos SOR v3: a path that is kept for a minute, and its transaction.

export type OdosServer = AggregatorServer & Odos;

interface Odos extends Dealer {
  clock: Clock;
  paths: { trade: Trade; found: Priced; least: bigint; userAddr: Address; at: number }[];
}

const TRACE = '8abb7c2e-f3c6-430f-b481-406bb6feff4e';
const KEPT_MS = 60_000;

export function startOdos(pricing: Pricing, clock: Clock): Promise<OdosServer> {
  const state: Odos = { pricing, tampering: {}, clock, paths: [] };
  return serve(state, (odos, { method, path, body = {} }) => {
    if (method === 'POST' && path === '/sor/quote/v3') return quote(odos, body);
    if (method === 'POST' && path === '/sor/assemble') return assemble(odos, body);
    return { status: 404, body: { detail: 'Not Found' } };
  });
}

interface Asset {
  tokenAddress: Address;
  amount: string;
  proportion: number;
}

async function quote(odos: Odos, body: Record<string, unknown>): Promise<Answered> {
  const { chainId, inputTokens, outputTokens, slippageLimitPercent } = body;
  const [input] = inputTokens as Asset[];
  const [output] = outputTokens as Asset[];
  const userAddr = body['userAddr'] as Address;
  if (chainId !== odos.pricing.chainId) return refused(4001, 'Invalid chain id');
  if (!isChecksummed(userAddr)) return refused(4004, 'Invalid user address');
  if (!isChecksummed(input!.tokenAddress)) return refused(4010, 'Invalid token address');
  if (output!.proportion !== 1) return refused(4015, 'Invalid token proportions');
  const trade: Trade = {
    ...{ side: 'exact_in', amount: BigInt(input!.amount) },
    ...{ tokenIn: input!.tokenAddress, tokenOut: output!.tokenAddress },
  };
  const found = await priced(odos, trade);
  if (!found) return refused(2000, 'No viable path found');
  const bps = BigInt(Math.round((slippageLimitPercent as number) * 100));
  const least = (found.amountOut * (10_000n - bps)) / 10_000n;
  odos.paths.push({ trade, found, least, userAddr, at: odos.clock.now().getTime() });
  return {
    status: 200,
    body: {
      ...{ traceId: TRACE, inTokens: [trade.tokenIn.toLowerCase()], outTokens: [trade.tokenOut.toLowerCase()] },
      ...{ inAmounts: [input!.amount], outAmounts: [found.amountOut.toString()], gasEstimate: Number(found.gas) },
      ...{ dataGasEstimate: 0, gweiPerGas: 60, gasEstimateValue: 0.0083, inValues: [113.9], outValues: [113.8] },
      ...{ netOutValue: 113.8, priceImpact: 0.145, percentDiff: -0.06, permit2Message: null, permit2Hash: null },
      ...{ partnerFeePercent: 0, pathId: `path-${odos.paths.length - 1}`, pathViz: null, blockNumber: 49087381 },
    },
  };
}

function assemble(odos: Odos, { userAddr, pathId }: Record<string, unknown>): Answered {
  const path = odos.paths[Number(String(pathId).replace('path-', ''))];
  if (!path || odos.clock.now().getTime() - path.at > KEPT_MS) return refused(4100, 'Path not found or expired');
  if (userAddr !== path.userAddr) return refused(4101, 'Invalid assembly user address');
  const { trade, found, least } = path;
  const transaction = {
    ...{ gas: -1, gasPrice: 3_000_000_000, value: '0', to: targetOf(odos), from: path.userAddr, nonce: 4 },
    ...{ data: calldataOf(odos, trade, least, path.userAddr), chainId: odos.pricing.chainId },
  };
  const asset = (tokenAddress: Address, amount: bigint) => ({ tokenAddress, amount: amount.toString() });
  return {
    status: 200,
    body: {
      ...{
        deprecated: null,
        traceId: TRACE,
        blockNumber: 49087381,
        gasEstimate: Number(found.gas),
        netOutValue: 113.8,
      },
      inputTokens: [asset(trade.tokenIn, trade.amount)],
      outputTokens: [asset(trade.tokenOut, found.amountOut)],
      ...{ outValues: ['113.8'], transaction, simulation: null },
    },
  };
}

function isChecksummed(address: Address): boolean {
  return getAddress(address) === address;
}

function refused(errorCode: number, detail: string): Answered {
  return { status: 400, body: { detail, traceId: TRACE, errorCode } };
}
