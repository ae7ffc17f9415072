import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  etag,
  idParams,
  ifMatch,
  knowsVersion,
  LARGE_BODY_LIMIT,
  requiredVersion,
  versionQuery,
} from '../platform/http.ts';
import { idPageRequest, pageQuery, pageRequest, pageSchema } from '../platform/pagination.ts';
import { instant } from '../instruments/model.ts';
import {
  BookInputSchema,
  PortfolioInputSchema,
  PortfolioSchema,
  PositionChangeSchema,
  positionId,
  PositionSchema,
  type Portfolio,
} from './model.ts';
import type { Portfolios } from './service.ts';

const positionParams = idParams.extend({ positionId });
const ifNoneMatch = z.looseObject({
  'if-none-match': z.string().optional().meta({ description: 'ETags that you have; 304 when one of them is current' }),
});

export function portfolioRoutes(portfolios: Portfolios) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();
    app.register(csvRoutes(portfolios));

    app.post('/v1/portfolios', {
      bodyLimit: LARGE_BODY_LIMIT,
      config: { scope: 'portfolios:write', answerHeaders: ['location', 'etag'] },
      schema: {
        operationId: 'createPortfolio',
        tags: ['Portfolios'],
        summary: 'Create a portfolio',
        description: 'Stores the positions as version 1. All faults are told at once, each at its own pointer.',
        body: PortfolioInputSchema,
        response: { 201: PortfolioSchema },
      },
      handler: async (request, reply) => {
        const portfolio = await portfolios.create(request.principal.tenantId, request.resourceId, request.body);
        return reply
          .status(201)
          .headers({ location: `/v1/portfolios/${portfolio.id}`, etag: etag(portfolio.version) })
          .send(portfolio);
      },
    });

    app.get('/v1/portfolios', {
      config: { scope: 'portfolios:read' },
      schema: {
        operationId: 'listPortfolios',
        tags: ['Portfolios'],
        summary: 'List portfolios, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('PortfolioPage', PortfolioSchema) },
      },
      handler: (request) => portfolios.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/portfolios/:id', {
      config: { scope: 'portfolios:read', answerHeaders: ['etag'] },
      schema: {
        operationId: 'getPortfolio',
        tags: ['Portfolios'],
        summary: 'Get a portfolio',
        params: idParams,
        querystring: versionQuery,
        headers: ifNoneMatch,
        response: { 200: PortfolioSchema, 304: z.null().meta({ description: 'If-None-Match holds the current ETag' }) },
      },
      handler: async (request, reply) => {
        const portfolio = await portfolios.get(request.principal.tenantId, request.params.id, request.query.version);
        void reply.header('etag', etag(portfolio.version));
        if (knowsVersion(request, portfolio.version)) return reply.status(304).send(null);
        return reply.send(portfolio);
      },
    });

    app.get('/v1/portfolios/:id/positions', {
      config: { scope: 'portfolios:read', answerHeaders: ['etag'] },
      schema: {
        operationId: 'listPositions',
        tags: ['Portfolios'],
        summary: 'List the positions of a version',
        params: idParams,
        querystring: pageQuery.extend(versionQuery.shape),
        response: { 200: pageSchema('PositionPage', PositionSchema) },
      },
      handler: async (request, reply) => {
        const { tenantId } = request.principal;
        const { version } = await portfolios.get(tenantId, request.params.id, request.query.version);
        void reply.header('etag', etag(version));
        return portfolios.positions(tenantId, request.params.id, version, pageRequest(request.query));
      },
    });

    app.put('/v1/portfolios/:id/positions', {
      bodyLimit: LARGE_BODY_LIMIT,
      config: { scope: 'portfolios:write', answerHeaders: ['etag'] },
      schema: {
        operationId: 'replacePositions',
        tags: ['Portfolios'],
        summary: 'Replace the whole book',
        params: idParams,
        headers: ifMatch,
        body: BookInputSchema,
        response: { 200: PortfolioSchema },
      },
      handler: async (request, reply) => {
        const expected = requiredVersion(request);
        return sendVersion(
          reply,
          await portfolios.replace(request.principal.tenantId, request.params.id, expected, request.body),
        );
      },
    });

    app.put('/v1/portfolios/:id/positions/:positionId', {
      config: { scope: 'portfolios:write', answerHeaders: ['etag'] },
      schema: {
        operationId: 'putPosition',
        tags: ['Portfolios'],
        summary: 'Add or replace one position',
        params: positionParams,
        headers: ifMatch,
        body: PositionChangeSchema,
        response: { 200: PortfolioSchema },
      },
      handler: async (request, reply) => {
        const { id, positionId: position } = request.params;
        const portfolio = await portfolios.putPosition(
          request.principal.tenantId,
          id,
          requiredVersion(request),
          position,
          request.body,
        );
        return sendVersion(reply, portfolio);
      },
    });

    app.delete('/v1/portfolios/:id/positions/:positionId', {
      config: { scope: 'portfolios:write', answerHeaders: ['etag'] },
      schema: {
        operationId: 'deletePosition',
        tags: ['Portfolios'],
        summary: 'Remove one position',
        params: positionParams,
        headers: ifMatch,
        response: { 200: PortfolioSchema },
      },
      handler: async (request, reply) => {
        const { id, positionId: position } = request.params;
        const portfolio = await portfolios.deletePosition(
          request.principal.tenantId,
          id,
          requiredVersion(request),
          position,
        );
        return sendVersion(reply, portfolio);
      },
    });
  };
}

/** A scope of its own: nothing but CSV is taken here, and it is handed on as it arrives. */
function csvRoutes(portfolios: Portfolios) {
  return async (fastify: FastifyInstance): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
    fastify.withTypeProvider<ZodTypeProvider>().put('/v1/portfolios/:id/positions.csv', {
      bodyLimit: LARGE_BODY_LIMIT,
      config: { scope: 'portfolios:write', answerHeaders: ['etag'] },
      schema: {
        operationId: 'replacePositionsFromCsv',
        tags: ['Portfolios'],
        summary: 'Replace the whole book from a CSV file',
        description:
          'Columns: instrument and quantity and, if you like, id, multiplier, averagePrice; the first line names them. Read as a stream. One bad row refuses the whole upload: each fault names its line.',
        params: idParams,
        querystring: z.strictObject({
          asOf: instant.optional().meta({ description: 'The instant that the book is stated at; now when left out' }),
        }),
        headers: ifMatch,
        consumes: ['text/csv'],
        body: z
          .custom<Readable>((body) => body instanceof Readable, 'Send the file as text/csv')
          .meta({ description: 'CSV file', examples: ['instrument,quantity\nderibit:BTC-PERPETUAL,25000\n'] }),
        response: { 200: PortfolioSchema },
      },
      handler: async (request, reply) => {
        const expected = requiredVersion(request);
        const { params, query, body } = request;
        const options = { asOf: query.asOf, maxBytes: LARGE_BODY_LIMIT };
        return sendVersion(
          reply,
          await portfolios.replaceFromCsv(request.principal.tenantId, params.id, expected, body, options),
        );
      },
    });
  };
}

function sendVersion(reply: FastifyReply, portfolio: Portfolio): FastifyReply {
  return reply.header('etag', etag(portfolio.version)).send(portfolio);
}
