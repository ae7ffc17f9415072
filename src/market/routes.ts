import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams, LARGE_BODY_LIMIT } from '../platform/http.ts';
import { pageQuery, pageRequest, pageSchema } from '../platform/pagination.ts';
import { ProblemSchema } from '../platform/problem.ts';
import { MarketSnapshotInputSchema, MarketSnapshotSchema, MarketSnapshotSummarySchema } from './model.ts';
import type { Market } from './service.ts';
import { MarketSurfaceSchema } from './surfaceModel.ts';

const TAGS = ['Market'];
const surfaceParams = idParams.extend({
  underlying: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: 'Code of the asset', examples: ['BTC'] }),
});
const surfaceQuery = z.strictObject({
  quote: z.string().min(1).max(100).default('USD').meta({ description: 'Currency of the prices' }),
});
const SnapshotPageSchema = pageSchema('MarketSnapshotPage', MarketSnapshotSummarySchema);

export function marketRoutes(market: Market): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/market-snapshots',
      {
        bodyLimit: LARGE_BODY_LIMIT,
        config: { scope: 'market:write', answerHeaders: ['location'] },
        schema: {
          operationId: 'createMarketSnapshot',
          summary: 'Submit a market snapshot',
          description:
            'Takes what the market was worth at one instant: spot, perpetual, forwards or carry, and volatilities as a constant, quotes, option prices or SVI slices. A snapshot never changes; analyses and plans name the one they used. All faults are answered at once.',
          tags: TAGS,
          body: MarketSnapshotInputSchema,
          response: { 201: MarketSnapshotSchema },
        },
      },
      async (request, reply) => {
        const snapshot = await market.create(request.principal.tenantId, request.resourceId, request.body);
        return reply.status(201).header('location', `/v1/market-snapshots/${snapshot.id}`).send(snapshot);
      },
    );

    app.get(
      '/v1/market-snapshots',
      {
        config: { scope: 'market:read' },
        schema: {
          operationId: 'listMarketSnapshots',
          summary: 'List market snapshots',
          description: 'Newest first, without the quotes: what each covers and how old its observations were.',
          tags: TAGS,
          querystring: pageQuery,
          response: { 200: SnapshotPageSchema },
        },
      },
      (request) => market.list(request.principal.tenantId, pageRequest(request.query)),
    );

    app.get(
      '/v1/market-snapshots/:id',
      {
        config: { scope: 'market:read' },
        schema: {
          operationId: 'getMarketSnapshot',
          summary: 'Read a market snapshot',
          description: 'The snapshot as it was given, with its coverage and staleness.',
          tags: TAGS,
          params: idParams,
          response: { 200: MarketSnapshotSchema },
        },
      },
      (request) => market.get(request.principal.tenantId, request.params.id),
    );

    app.get(
      '/v1/market-snapshots/:id/surfaces/:underlying',
      {
        config: { scope: 'market:read' },
        schema: {
          operationId: 'getMarketSurface',
          summary: 'Read the volatility surface of an underlying',
          description:
            "The surface fitted to the snapshot's quotes or prices, free of butterfly and calendar arbitrage where an expiry has five good quotes: parameters, quality, arbitrage report, smile metrics, the residual of every quote used and the reason of every quote left out. Analyses take volatilities from it wherever the snapshot lists none. SVI slices are shown as given, with the arbitrage in them; of a flat volatility there is nothing to fit. 409 when the snapshot gives no volatility for this underlying.",
          tags: TAGS,
          params: surfaceParams,
          querystring: surfaceQuery,
          response: {
            200: MarketSurfaceSchema,
            409: { description: 'Conflict', content: { 'application/problem+json': { schema: ProblemSchema } } },
          },
        },
      },
      (request) => {
        const { id, underlying } = request.params;
        return market.surface(request.principal.tenantId, id, underlying, request.query.quote);
      },
    );
  };
}
