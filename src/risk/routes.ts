import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { accepted, idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageRequest, pageSchema } from '../platform/pagination.ts';
import { AnalysisInputSchema, AnalysisSchema, PositionGreeksSchema } from './model.ts';
import type { Risk } from './service.ts';

export function riskRoutes(risk: Risk) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/portfolios/:id/analyses', {
      config: { scope: 'analyses:write', answerHeaders: ['location', 'retry-after'] },
      schema: {
        operationId: 'createAnalysis',
        tags: ['Risk'],
        summary: 'Queue the Greeks of a portfolio, and its scenarios',
        description:
          'Answers at once; poll the Location, watch the event stream, or wait for the webhook `analysis.completed`. With `scenarios` the book is also valued in other markets: spot, volatility and time ladders, a spot × volatility matrix, stress scenarios, the moves of a history (value at risk), another snapshot (explained profit). Forwards and perpetuals move in proportion with spot, volatilities stay at their strikes, and time passes before spot and volatility move.',
        params: idParams,
        body: AnalysisInputSchema,
        response: { 202: AnalysisSchema },
      },
      handler: async (request, reply) => {
        const analysis = await risk.submit(
          request.principal.tenantId,
          request.resourceId,
          request.params.id,
          request.body,
        );
        return accepted(reply, `/v1/analyses/${analysis.id}`).send(analysis);
      },
    });

    app.get('/v1/portfolios/:id/analyses', {
      config: { scope: 'analyses:read' },
      schema: {
        operationId: 'listAnalyses',
        tags: ['Risk'],
        summary: 'List the analyses of a portfolio, newest first',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('AnalysisPage', AnalysisSchema) },
      },
      handler: (request) => risk.list(request.principal.tenantId, request.params.id, idPageRequest(request.query)),
    });

    app.get('/v1/analyses/:id', {
      config: { scope: 'analyses:read' },
      schema: {
        operationId: 'getAnalysis',
        tags: ['Risk'],
        summary: 'Get an analysis: status, and the aggregated Greeks and scenarios once it has succeeded',
        params: idParams,
        response: { 200: AnalysisSchema },
      },
      handler: (request) => risk.get(request.principal.tenantId, request.params.id),
    });

    app.get('/v1/analyses/:id/positions', {
      config: { scope: 'analyses:read' },
      schema: {
        operationId: 'listPositionGreeks',
        tags: ['Risk'],
        summary: 'List price and Greeks per position',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('PositionGreeksPage', PositionGreeksSchema) },
      },
      handler: (request) => risk.positions(request.principal.tenantId, request.params.id, pageRequest(request.query)),
    });
  };
}
