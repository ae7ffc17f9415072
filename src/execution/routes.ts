import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { accepted, idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { ExecutionInputSchema, ExecutionSchema, OrderDetailSchema, OrderSchema } from './model.ts';
import type { Executions } from './service.ts';

export function executionRoutes(executions: Executions) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/hedge-plans/:id/execution', {
      config: { scope: 'execution:write', answerHeaders: ['location', 'retry-after'] },
      schema: {
        operationId: 'executeHedgePlan',
        tags: ['Execution'],
        summary: 'Execute a hedge plan',
        description:
          'A plan is executed once: asked again, this answers the execution that there is. A plan whose portfolio has changed since is refused, and so is a second execution while one is in flight on the portfolio.',
        params: idParams,
        body: ExecutionInputSchema,
        response: { 202: ExecutionSchema },
      },
      handler: async (request, reply) => {
        const execution = await executions.execute(
          request.principal.tenantId,
          request.resourceId,
          request.params.id,
          request.body,
        );
        return accepted(reply, `/v1/executions/${execution.id}`).send(execution);
      },
    });

    app.get('/v1/executions/:id', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getExecution',
        tags: ['Execution'],
        summary: 'Get an execution with its orders',
        params: idParams,
        response: { 200: ExecutionSchema },
      },
      handler: (request) => executions.get(request.principal.tenantId, request.params.id),
    });

    app.get('/v1/orders', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listOrders',
        tags: ['Execution'],
        summary: 'List orders, newest first',
        querystring: pageQuery.extend({
          portfolioId: z.uuid().optional().meta({ description: 'Only orders on this portfolio' }),
        }),
        response: { 200: pageSchema('OrderPage', OrderSchema) },
      },
      handler: (request) =>
        executions.orders(request.principal.tenantId, request.query.portfolioId, idPageRequest(request.query)),
    });

    app.get('/v1/orders/:id', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getOrder',
        tags: ['Execution'],
        summary: 'Get an order with its fills and transitions',
        params: idParams,
        response: { 200: OrderDetailSchema },
      },
      handler: (request) => executions.order(request.principal.tenantId, request.params.id),
    });
  };
}
