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
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { subscription, watch } from '../platform/graphqlSubscriptions.ts';
import type { Portfolio } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Risk } from '../risk/service.ts';
import { HedgePlanInputSchema, type HedgePlan } from './model.ts';
import type { Hedging } from './service.ts';

const READ = 'hedging:read';

interface HedgingResolverDeps {
  hedging: Hedging;
  portfolios: Portfolios;
  risk: Risk;
  feed: EventFeed;
}

interface GivenPlan {
  instruments?: { instrument: { symbol?: string; terms?: object } }[] | null;
}

export function hedgingResolvers({ hedging, portfolios, risk, feed }: HedgingResolverDeps): Resolvers {
  async function* ended(
    tenantId: string,
    portfolioId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<HedgePlan> {
    for await (const { type, subject } of watch(feed, tenantId, signal)) {
      if (type !== 'hedge_plan.completed' && type !== 'hedge_plan.failed') continue;
      const plan = await hedging.get(tenantId, subject);
      if (portfolioId === undefined || plan.portfolioId === portfolioId) yield plan;
    }
  }

  return {
    Query: {
      hedgePlan: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => hedging.get(principal.tenantId, given)),
      ),
    },
    HedgePlan: {
      portfolio: toOne(
        'portfolios:read',
        (plan: HedgePlan) => plan.portfolioId,
        portfolios.getMany,
        ({ id }) => id,
      ),
      analysis: toOne(
        'analyses:read',
        (plan: HedgePlan) => plan.analysisId,
        risk.getMany,
        ({ id }) => id,
      ),
    },
    Portfolio: {
      hedgePlans: toMany<Portfolio, HedgePlan>(
        READ,
        (tenantId, parents, page) =>
          hedging.listMany(
            tenantId,
            parents.map(({ id }) => id),
            page,
          ),
        byId,
      ),
    },
    Mutation: {
      createHedgePlan: field<{ id?: string; portfolioId: string; input?: GivenPlan }>(
        'hedging:write',
        (args, context) =>
          hedging.submit(
            context.principal.tenantId,
            creationId(args.id, context),
            existingId('portfolio', args.portfolioId),
            input(HedgePlanInputSchema, plan(args.input ?? {})),
          ),
      ),
    },
    Subscription: {
      hedgePlanUpdated: subscription<{ portfolioId?: string | null }>(READ, ({ portfolioId }, { principal }, signal) =>
        ended(principal.tenantId, portfolioId ? existingId('portfolio', portfolioId) : undefined, signal),
      ),
    },
  };
}

/** As REST takes it: an instrument is its symbol or its terms. */
function plan(given: GivenPlan): object {
  const instruments = given.instruments?.map((each) => ({
    ...(withoutNulls(each) as object),
    instrument: withoutNulls(each.instrument.symbol ?? each.instrument.terms),
  }));
  return { ...(withoutNulls(given) as object), ...(instruments ? { instruments } : {}) };
}
