import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { accepted, idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { HedgePlanInputSchema, HedgePlanSchema } from './model.ts';
import type { Hedging } from './service.ts';

export function hedgingRoutes(hedging: Hedging) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/portfolios/:id/hedge-plans', {
      config: { scope: 'hedging:write', answerHeaders: ['location', 'retry-after'] },
      schema: {
        operationId: 'createHedgePlan',
        tags: ['Hedging'],
        summary: 'Queue a hedge plan for a portfolio',
        description:
          'Answers at once. Nothing is traded: executing the plan is another call. Poll the Location, watch the event stream, or wait for the webhook `hedge_plan.completed`.',
        params: idParams,
        body: HedgePlanInputSchema,
        response: { 202: HedgePlanSchema },
      },
      handler: async (request, reply) => {
        const plan = await hedging.submit(
          request.principal.tenantId,
          request.resourceId,
          request.params.id,
          request.body,
        );
        return accepted(reply, `/v1/hedge-plans/${plan.id}`).send(plan);
      },
    });

    app.get('/v1/portfolios/:id/hedge-plans', {
      config: { scope: 'hedging:read' },
      schema: {
        operationId: 'listHedgePlans',
        tags: ['Hedging'],
        summary: 'List the hedge plans of a portfolio, newest first',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('HedgePlanPage', HedgePlanSchema) },
      },
      handler: (request) => hedging.list(request.principal.tenantId, request.params.id, idPageRequest(request.query)),
    });

    app.get('/v1/hedge-plans/:id', {
      config: { scope: 'hedging:read' },
      schema: {
        operationId: 'getHedgePlan',
        tags: ['Hedging'],
        summary: 'Get a hedge plan: status, and the orders with their reasons once it has succeeded',
        params: idParams,
        response: { 200: HedgePlanSchema },
      },
      handler: (request) => hedging.get(request.principal.tenantId, request.params.id),
    });
  };
}
