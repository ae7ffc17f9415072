import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams } from '../../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../../platform/pagination.ts';
import { FeedInputSchema, FeedSchema } from './model.ts';
import type { Feeds } from './service.ts';

const TAGS = ['Market'];

export function feedRoutes(feeds: Feeds) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/market-feeds', {
      config: { scope: 'market:write', answerHeaders: ['location'] },
      schema: {
        operationId: 'createMarketFeed',
        tags: TAGS,
        summary: 'Let market snapshots come by themselves',
        description:
          'From Deribit, or from recorded chains. A snapshot is taken whole or not at all: where part of a chain is missing, the feed says so and tries again. At most 20 feeds that have not come to their end.',
        body: FeedInputSchema,
        response: { 201: FeedSchema },
      },
      handler: async (request, reply) => {
        const feed = await feeds.create(request.principal.tenantId, request.resourceId, request.body);
        return reply.status(201).header('location', `/v1/market-feeds/${feed.id}`).send(feed);
      },
    });

    app.get('/v1/market-feeds', {
      config: { scope: 'market:read' },
      schema: {
        operationId: 'listMarketFeeds',
        tags: TAGS,
        summary: 'List market feeds, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('MarketFeedPage', FeedSchema) },
      },
      handler: (request) => feeds.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/market-feeds/:id', {
      config: { scope: 'market:read' },
      schema: {
        operationId: 'getMarketFeed',
        tags: TAGS,
        summary: 'Get a market feed: what it brought last, and what failed',
        params: idParams,
        response: { 200: FeedSchema },
      },
      handler: (request) => feeds.get(request.principal.tenantId, request.params.id),
    });

    app.post('/v1/market-feeds/:id/pause', {
      config: { scope: 'market:write' },
      schema: {
        operationId: 'pauseMarketFeed',
        tags: TAGS,
        summary: 'Pause a market feed',
        description: 'Once this has answered, it brings nothing more. 409 for a replay that has come to its end.',
        params: idParams,
        response: { 200: FeedSchema },
      },
      handler: (request) => feeds.pause(request.principal.tenantId, request.params.id),
    });

    app.post('/v1/market-feeds/:id/resume', {
      config: { scope: 'market:write' },
      schema: {
        operationId: 'resumeMarketFeed',
        tags: TAGS,
        summary: 'Let a paused market feed go on',
        description: 'At once; a replay goes on after its last snapshot. 409 for one that has come to its end.',
        params: idParams,
        response: { 200: FeedSchema },
      },
      handler: (request) => feeds.resume(request.principal.tenantId, request.params.id),
    });

    app.delete('/v1/market-feeds/:id', {
      config: { scope: 'market:write' },
      schema: {
        operationId: 'deleteMarketFeed',
        tags: TAGS,
        summary: 'Remove a market feed',
        description: 'The snapshots that it brought remain.',
        params: idParams,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await feeds.remove(request.principal.tenantId, request.params.id);
        return reply.status(204).send(null);
      },
    });
  };
}
