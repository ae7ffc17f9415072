import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { accepted, idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { CrossingSchema } from './crossingModel.ts';
import {
  ApprovalInputSchema,
  ExecutionInputSchema,
  ExecutionSchema,
  OrderDetailSchema,
  OrderSchema,
  SignatureInputSchema,
} from './model.ts';
import { ScorecardQuerySchema, VenueScorecardsSchema } from './scorecardModel.ts';
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
          'A plan is executed once: asked again, this answers the execution that there is (a dry run may be asked for as often as you like). A plan whose portfolio has changed since is refused, and so is a second execution while one is in flight on the portfolio.',
        params: idParams,
        body: ExecutionInputSchema,
        response: { 202: ExecutionSchema },
      },
      handler: async (request, reply) => {
        const execution = await executions.execute(
          request.principal,
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

    app.post('/v1/executions/:id/approval', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'approveExecution',
        tags: ['Execution'],
        summary: 'Approve or reject an execution that waits for it',
        description:
          'For executions with the mode `approve`. Refused once it has expired, and where the prices that the plan rests on have become older than the limits allow. Saying the same again changes nothing.',
        params: idParams,
        body: ApprovalInputSchema,
        response: { 200: ExecutionSchema },
      },
      handler: (request) => executions.approve(request.principal, request.params.id, request.body),
    });

    app.post('/v1/executions/:id/cancellation', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'cancelExecution',
        tags: ['Execution'],
        summary: 'Call an execution off',
        description:
          'What was not sent is not sent, what is open at the venue is canceled there; what has traded stays. One that has ended stays as it is.',
        params: idParams,
        response: { 200: ExecutionSchema },
      },
      handler: (request) => executions.cancel(request.principal.tenantId, request.params.id),
    });

    app.post('/v1/orders/:id/signature', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'signOrder',
        tags: ['Execution'],
        summary: 'Hand in what an order needs signed',
        description:
          'For accounts whose key Ballast does not hold. Refused unless it is exactly what `signatureRequest` asks for, signed by the address of the account. What could trade is refused after a halt and once the execution is called off; the cancellation that is asked for then is taken.',
        params: idParams,
        body: SignatureInputSchema,
        response: { 200: OrderDetailSchema },
      },
      handler: (request) => executions.sign(request.principal.tenantId, request.params.id, request.body.signed),
    });

    app.post('/v1/orders/:id/acknowledgement', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'acknowledgeOrder',
        tags: ['Execution'],
        summary: 'Acknowledge an overfilled order',
        description: 'A person has looked at it: executions on the portfolio are accepted again.',
        params: idParams,
        response: { 200: OrderDetailSchema },
      },
      handler: (request) => executions.acknowledge(request.principal.tenantId, request.params.id),
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

    app.get('/v1/crossings', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listCrossings',
        tags: ['Execution'],
        summary: 'List what netting has crossed, newest first',
        description:
          'The audit of executions with `netting`: what your portfolios traded with each other, at which price, from which market snapshot, and what each of them had of it.',
        querystring: pageQuery,
        response: { 200: pageSchema('CrossingPage', CrossingSchema) },
      },
      handler: (request) => executions.crossings(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/venue-scorecards', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listVenueScorecards',
        tags: ['Execution'],
        summary: 'Tell how the venues did with your orders',
        description:
          'One line for each venue and currency: what became of the orders, what trading cost against the decision and against the estimate, and how long it took.',
        querystring: ScorecardQuerySchema,
        response: { 200: VenueScorecardsSchema },
      },
      handler: (request) => executions.scorecards(request.principal.tenantId, request.query),
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
