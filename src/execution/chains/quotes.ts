import type { Clock } from '../../platform/clock.ts';
import { QuoteFailure, type Aggregator, type AggregatorQuote, type QuoteRequest } from '../aggregators/port.ts';
import type { ChainConfig } from '../venuesModel.ts';
import { within } from './deadline.ts';
import { same } from './poolReader.ts';
import type { Signer } from './signer.ts';

/** A quote that holds to what was asked for, and calls and pays only whom it may. */
export interface TakenQuote {
  aggregator: string;
  request: QuoteRequest;
  quote: AggregatorQuote;
}

/** Why a quote, or its absence, does not count. */
export interface RefusedQuote {
  aggregator: string;
  code: string;
  detail: string;
}

export interface Quotes {
  taken: TakenQuote[];
  refused: RefusedQuote[];
}

export const QUOTE_REFUSALS = [
  'target_not_allowed',
  'spender_not_allowed',
  'asks_for_value',
  'other_amount',
  'beyond_limit',
  'expired',
  'needs_signature',
  'worse_than_reference',
  'other_receiver',
  'other_trade',
  'lives_too_long',
] as const;

/** Asks all for all requests at once, and takes what comes before the deadline and holds. */
export async function askAggregators(
  deps: {
    clock: Clock;
    config: ChainConfig;
    aggregators: readonly Aggregator[];
    signTypedData?: Signer['signTypedData'];
  },
  requests: readonly QuoteRequest[],
): Promise<Quotes> {
  const { clock, config, aggregators, signTypedData } = deps;
  const one = async (aggregator: Aggregator, request: QuoteRequest): Promise<TakenQuote | RefusedQuote> => {
    const { name } = aggregator;
    const answer = await inTime(deps, (signal) => aggregator.quote(request, signal));
    if ('code' in answer) return { aggregator: name, ...answer };
    const { quote } = answer;
    const fault =
      faultOf(request, quote, name, config, clock.now()) ?? (quote.permit && !signTypedData ? UNSIGNED : undefined);
    return fault ? { aggregator: name, ...fault } : { aggregator: name, request, quote };
  };
  const answers = await Promise.all(requests.flatMap((request) => aggregators.map((each) => one(each, request))));
  return {
    taken: answers.filter((answer) => 'quote' in answer),
    refused: answers.filter((answer) => 'code' in answer),
  };
}

/** What is quoted before the deadline, or why nothing is, whatever the adapter does. */
export async function inTime<T extends object>(
  { clock, config: { quoteDeadlineMs } }: { clock: Clock; config: ChainConfig },
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<{ quote: T } | Omit<RefusedQuote, 'aggregator'>> {
  const tooLate = { code: 'timeout', detail: `no quote within ${quoteDeadlineMs} ms` };
  return within(clock, quoteDeadlineMs, async (signal) => {
    const late = new Promise<typeof tooLate>((resolve) => {
      signal.addEventListener('abort', () => resolve(tooLate), { once: true });
    });
    const asked = async () => ({ quote: await ask(signal) });
    const answer = asked().catch((error: unknown) =>
      error instanceof QuoteFailure
        ? { code: error.code, detail: error.message }
        : { code: 'unavailable', detail: 'it failed to answer' },
    );
    return Promise.race([answer, late]);
  });
}

type Fault = { code: (typeof QUOTE_REFUSALS)[number]; detail: string };

/** Its owner would have to sign twice, and the quote does not live so long. */
const UNSIGNED: Fault = { code: 'needs_signature', detail: 'Its permit has to be signed, and the key is not here' };

/** What is wrong with a quote, whatever it offers. */
function faultOf(
  request: QuoteRequest,
  quote: AggregatorQuote,
  name: string,
  config: ChainConfig,
  now: Date,
): Fault | undefined {
  const allowed = config.aggregators.filter((aggregator) => aggregator.name === name);
  const lists = (of: 'targets' | 'spenders', address: string) =>
    allowed.some((aggregator) => aggregator[of].some((listed) => same(listed, address)));
  if (!lists('targets', quote.to))
    return { code: 'target_not_allowed', detail: `Its transaction calls ${quote.to}, which is not on the list` };
  if (!lists('spenders', quote.spender))
    return {
      code: 'spender_not_allowed',
      detail: `It wants ${quote.spender} to be approved, which is not on the list`,
    };
  if (quote.value !== 0n) return { code: 'asks_for_value', detail: 'It asks for native coins beside the tokens' };
  const isExactIn = request.side === 'exact_in';
  const fixed = isExactIn
    ? quote.amountIn === request.amount && quote.maxAmountIn === request.amount
    : quote.amountOut === request.amount && quote.minAmountOut === request.amount;
  if (!fixed) return { code: 'other_amount', detail: 'It is for another amount than was asked for' };
  const holds = isExactIn ? quote.minAmountOut >= request.bound : quote.maxAmountIn <= request.bound;
  if (!holds) return { code: 'beyond_limit', detail: 'Its transaction would go beyond the limit price' };
  if (quote.expiresAt <= now) return { code: 'expired', detail: 'It has expired' };
  return undefined;
}
