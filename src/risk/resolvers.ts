import type { EventFeed } from '../platform/events.ts';
import {
  byId,
  creationId,
  existingId,
  field,
  input,
  orNull,
  toMany,
  toOne,
  withoutNulls,
  type ListKey,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { subscription, watch } from '../platform/graphqlSubscriptions.ts';
import { hasEnded } from '../platform/operation.ts';
import type { Portfolio } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import { AnalysisInputSchema, type Analysis, type PositionGreeks } from './model.ts';
import type { Risk } from './service.ts';

const READ = 'analyses:read';

const byPositionId: ListKey<PositionGreeks> = { of: ({ positionId }) => positionId, isValid: () => true };

export function riskResolvers({
  risk,
  portfolios,
  feed,
}: {
  risk: Risk;
  portfolios: Portfolios;
  feed: EventFeed;
}): Resolvers {
  /** The analysis now and after each of its events, until it has ended. */
  async function* progress(tenantId: string, id: string, signal: AbortSignal): AsyncGenerator<Analysis> {
    // The place in the log comes first, so that no event falls between it and the first reading.
    const after = await feed.position();
    const now = await risk.get(tenantId, id);
    yield now;
    if (hasEnded(now.status)) return;
    for await (const event of watch(feed, tenantId, signal, after)) {
      if (event.subject !== id) continue;
      const analysis = await risk.get(tenantId, id);
      yield analysis;
      if (hasEnded(analysis.status)) return;
    }
  }

  return {
    Query: {
      analysis: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => risk.get(principal.tenantId, given)),
      ),
    },
    Analysis: {
      portfolio: toOne(
        'portfolios:read',
        (analysis: Analysis) => analysis.portfolioId,
        portfolios.getMany,
        ({ id }) => id,
      ),
      positionGreeks: toMany<Analysis, PositionGreeks>(READ, risk.positionPages, byPositionId),
    },
    Portfolio: {
      analyses: toMany<Portfolio, Analysis>(
        READ,
        (tenantId, parents, page) =>
          risk.listMany(
            tenantId,
            parents.map(({ id }) => id),
            page,
          ),
        byId,
      ),
    },
    Mutation: {
      createAnalysis: field<{ id?: string; portfolioId: string; input?: object }>('analyses:write', (args, context) =>
        risk.submit(
          context.principal.tenantId,
          creationId(args.id, context),
          existingId('portfolio', args.portfolioId),
          input(AnalysisInputSchema, withoutNulls(args.input ?? {})),
        ),
      ),
    },
    Subscription: {
      analysisProgress: subscription<{ id: string }>(READ, ({ id }, { principal }, signal) =>
        progress(principal.tenantId, existingId('analysis', id), signal),
      ),
    },
  };
}
