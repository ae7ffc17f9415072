import type { HedgePlan } from '../hedging/model.ts';
import type { Hedging } from '../hedging/service.ts';
import type { EventFeed } from '../platform/events.ts';
import {
  byId,
  connection,
  creationId,
  existingId,
  field,
  input,
  orNull,
  pageArguments,
  toMany,
  toOne,
  toSeveral,
  withoutNulls,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { subscription, watch } from '../platform/graphqlSubscriptions.ts';
import type { Portfolio } from '../portfolios/model.ts';
import type { Portfolios } from '../portfolios/service.ts';
import type { Control } from './control.ts';
import {
  ApprovalInputSchema,
  ExecutionInputSchema,
  type Execution,
  type Fill,
  type Order,
  type OrderTransition,
} from './model.ts';
import { TradingStateInputSchema } from './limitsModel.ts';
import { ScorecardQuerySchema } from './scorecardModel.ts';
import type { Executions } from './service.ts';

const READ = 'execution:read';

interface ExecutionResolverDeps {
  executions: Executions;
  control: Control;
  hedging: Hedging;
  portfolios: Portfolios;
  feed: EventFeed;
}

export function executionResolvers({
  executions,
  control,
  hedging,
  portfolios,
  feed,
}: ExecutionResolverDeps): Resolvers {
  async function* rebalanced(
    tenantId: string,
    portfolioId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Execution> {
    for await (const { type, subject, data } of watch(feed, tenantId, signal)) {
      if (type !== 'rebalance.completed' || (portfolioId !== undefined && subject !== portfolioId)) continue;
      yield await executions.get(tenantId, String(data['id']));
    }
  }

  return {
    Query: {
      tradingState: field(READ, (_args, { principal }) => control.state(principal.tenantId)),
      tradingLimits: field(READ, (_args, { principal }) => control.limits(principal.tenantId)),
      venueScorecards: field<object>(READ, (args, { principal }) =>
        executions.scorecards(principal.tenantId, input(ScorecardQuerySchema, withoutNulls(args))),
      ),
      crossings: field<object>(READ, async (args, { principal }) =>
        connection(await executions.crossings(principal.tenantId, pageArguments(args, byId)), byId),
      ),
      execution: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => executions.get(principal.tenantId, given)),
      ),
      order: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => executions.order(principal.tenantId, given)),
      ),
      orders: field<{ portfolioId?: string | null }>(READ, async ({ portfolioId, ...args }, { principal }) => {
        const only = portfolioId ? existingId('portfolio', portfolioId) : undefined;
        return connection(await executions.orders(principal.tenantId, only, pageArguments(args, byId)), byId);
      }),
    },
    Portfolio: {
      orders: toMany<Portfolio, Order>(
        READ,
        (tenantId, parents, page) =>
          executions.ordersOfMany(
            tenantId,
            parents.map(({ id }) => id),
            page,
          ),
        byId,
      ),
    },
    HedgePlan: {
      execution: toOne(
        READ,
        (plan: HedgePlan) => plan.id,
        executions.ofPlans,
        ({ hedgePlanId }) => hedgePlanId,
      ),
    },
    Execution: {
      hedgePlan: toOne(
        'hedging:read',
        (execution: Execution) => execution.hedgePlanId,
        hedging.getMany,
        ({ id }) => id,
      ),
      portfolio: toOne(
        'portfolios:read',
        (execution: Execution) => execution.portfolioId,
        portfolios.getMany,
        ({ id }) => id,
      ),
    },
    Order: {
      fills: toSeveral<Order, Fill>(READ, (tenantId, orders) =>
        executions.fills(
          tenantId,
          orders.map(({ id }) => id),
        ),
      ),
      transitions: toSeveral<Order, OrderTransition>(READ, (tenantId, orders) =>
        executions.transitions(
          tenantId,
          orders.map(({ id }) => id),
        ),
      ),
    },
    Mutation: {
      executeHedgePlan: field<{ id?: string; hedgePlanId: string; input?: object }>(
        'execution:write',
        (args, context) =>
          executions.execute(
            context.principal,
            creationId(args.id, context),
            existingId('hedge plan', args.hedgePlanId),
            input(ExecutionInputSchema, withoutNulls(args.input ?? {})),
          ),
      ),
      approveExecution: field<{ id: string; decision?: string | null }>(
        'execution:write',
        ({ id, decision }, { principal }) =>
          executions.approve(
            principal,
            existingId('execution', id),
            input(ApprovalInputSchema, decision ? { decision } : {}),
          ),
      ),
      cancelExecution: field<{ id: string }>('execution:write', ({ id }, { principal }) =>
        executions.cancel(principal.tenantId, existingId('execution', id)),
      ),
      setTradingState: field<{ input: object }>('execution:write', (args, { principal }) =>
        control.setState(principal, input(TradingStateInputSchema, withoutNulls(args.input))),
      ),
    },
    Subscription: {
      rebalance: subscription<{ portfolioId?: string | null }>(READ, ({ portfolioId }, { principal }, signal) =>
        rebalanced(principal.tenantId, portfolioId ? existingId('portfolio', portfolioId) : undefined, signal),
      ),
    },
  };
}
