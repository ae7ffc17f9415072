import type { Clock } from '../../platform/clock.ts';
import type { Intent, IntentRequest, IntentService } from '../aggregators/intents.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { shortfallBps, type Candidate } from './candidates.ts';
import { same } from './poolReader.ts';
import { inTime, type QUOTE_REFUSALS, type RefusedQuote } from './quotes.ts';
import type { Side } from './route.ts';
import { quotedBy } from './trial.ts';

export interface IntentQuotes {
  taken: Intent[];
  refused: RefusedQuote[];
}

/** Asks all services at once, and takes what comes before the deadline and holds to what was asked for. */
export async function askIntents(
  deps: { clock: Clock; config: ChainConfig; intentServices: readonly IntentService[] },
  request: IntentRequest,
): Promise<IntentQuotes> {
  const { clock, config, intentServices } = deps;
  const answers = await Promise.all(
    intentServices.map(async (service): Promise<{ intent: Intent } | RefusedQuote> => {
      const answer = await inTime(deps, (signal) => service.quote(request, signal));
      if ('code' in answer) return { aggregator: service.name, ...answer };
      const fault = faultOf(request, answer.quote, config, clock.now());
      return fault ? { aggregator: service.name, ...fault } : { intent: answer.quote };
    }),
  );
  return {
    taken: answers.flatMap((answer) => ('intent' in answer ? answer.intent : [])),
    refused: answers.filter((answer) => 'code' in answer),
  };
}

type Fault = { code: (typeof QUOTE_REFUSALS)[number]; detail: string };

/** What is wrong with what is to be signed, whatever it offers. */
function faultOf(request: IntentRequest, intent: Intent, config: ChainConfig, now: Date): Fault | undefined {
  const { owner, receiver, sellToken, buyToken, spender, chainId, validTo } = intent;
  const listed = config.aggregators.filter(({ name }) => name === intent.service).flatMap(({ spenders }) => spenders);
  if (!listed.some((allowed) => same(allowed, spender)))
    return {
      code: 'spender_not_allowed',
      detail: `It wants ${spender} to be approved, which is not on the list`,
    };
  if (!same(owner, request.taker) || !same(receiver, request.taker))
    return { code: 'other_receiver', detail: `It would pay ${receiver} for what ${owner} sells` };
  const isOther = !same(sellToken, request.sellToken) || !same(buyToken, request.buyToken);
  if (chainId !== request.chainId || isOther) return { code: 'other_trade', detail: 'It is for another trade' };
  const [sold, bought] = [BigInt(intent.sellAmount), BigInt(intent.buyAmount)];
  const isExactIn = request.side === 'exact_in';
  if ((isExactIn ? sold : bought) !== request.amount)
    return { code: 'other_amount', detail: 'It is for another amount than was asked for' };
  if (isExactIn ? bought < request.bound : sold > request.bound)
    return { code: 'beyond_limit', detail: 'It could be settled beyond the limit price' };
  if (validTo * 1_000 <= now.getTime()) return { code: 'expired', detail: 'It has expired' };
  if (validTo * 1_000 > request.validUntil.getTime())
    return { code: 'lives_too_long', detail: 'It could be settled after the order is over' };
  return undefined;
}

/** Those that are not much worse than our own route once its gas is paid, which theirs holds already. */
export function intentsWithin(
  intents: readonly Intent[],
  side: Side,
  reference: Candidate | undefined,
  { maxShortfallBps }: ChainConfig,
  gasCost: number,
): IntentQuotes {
  if (!reference) return { taken: [...intents], refused: [] };
  const gas = BigInt(Math.round(Number(reference.gas) * gasCost));
  const net = side === 'exact_in' ? reference.moved - gas : reference.moved + gas;
  const shortOf = (intent: Intent) => (net > 0n ? shortfallBps(side, net, quotedBy(intent, side)) : 0);
  const [taken, worse] = [true, false].map((isTaken) =>
    intents.filter((intent) => shortOf(intent) <= maxShortfallBps === isTaken),
  ) as [Intent[], Intent[]];
  const refused = worse.map((intent): RefusedQuote => {
    const detail = `It is ${shortOf(intent).toFixed(1)} bp worse than our own route after gas; ${maxShortfallBps} bp are allowed`;
    return { aggregator: intent.service, code: 'worse_than_reference', detail };
  });
  return { taken, refused };
}
