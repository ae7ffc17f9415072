import type { EventFeed } from '../platform/events.ts';
import {
  byId,
  connection,
  creationId,
  field,
  input,
  orNull,
  pageArguments,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { subscription, watch } from '../platform/graphqlSubscriptions.ts';
import { BacktestInputSchema } from './model.ts';
import type { Backtest } from './resultModel.ts';
import type { Simulation } from './service.ts';

const READ = 'hedging:read';

export function simulationResolvers({ simulation, feed }: { simulation: Simulation; feed: EventFeed }): Resolvers {
  async function* updated(tenantId: string, id: string | undefined, signal: AbortSignal): AsyncGenerator<Backtest> {
    for await (const { type, subject } of watch(feed, tenantId, signal)) {
      if (!type.startsWith('backtest.') || (id !== undefined && id !== subject)) continue;
      yield await simulation.get(tenantId, subject);
    }
  }

  return {
    Query: {
      backtest: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => simulation.get(principal.tenantId, given)),
      ),
      backtests: field(READ, async (args, { principal }) =>
        connection(await simulation.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createBacktest: field<{ id?: string; input: unknown }>('hedging:write', (args, context) =>
        simulation.submit(
          context.principal.tenantId,
          creationId(args.id, context),
          input(BacktestInputSchema, args.input),
        ),
      ),
    },
    Subscription: {
      backtestUpdated: subscription<{ id?: string | null }>(READ, ({ id }, { principal }, signal) =>
        updated(principal.tenantId, id ?? undefined, signal),
      ),
    },
  };
}
