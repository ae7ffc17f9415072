import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { idParams, LARGE_BODY_LIMIT } from '../platform/http.ts';
import { pageQuery, pageRequest, pageSchema } from '../platform/pagination.ts';
import { MarketSnapshotInputSchema, MarketSnapshotSchema, MarketSnapshotSummarySchema } from './model.ts';
import type { Market } from './service.ts';

const TAGS = ['Market'];
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
  };
}
