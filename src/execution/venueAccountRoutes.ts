import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import type { Executions } from './service.ts';
import { ExternalOrderSchema, VenueAccountInputSchema, VenueAccountSchema } from './venueAccountModel.ts';
import type { VenueAccounts } from './venueAccountService.ts';

export function venueAccountRoutes(accounts: VenueAccounts, executions: Executions) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/venue-accounts', {
      config: { scope: 'admin', answerHeaders: ['location'] },
      schema: {
        operationId: 'createVenueAccount',
        tags: ['Execution'],
        summary: 'Add an account at a venue',
        description:
          'Credentials are encrypted (AES-256-GCM) and are never answered or logged. On a chain, Ballast needs no key: with the signer `client` executions answer what you have to sign.',
        body: VenueAccountInputSchema,
        response: { 201: VenueAccountSchema },
      },
      handler: async (request, reply) => {
        const account = await accounts.create(request.principal.tenantId, request.resourceId, request.body);
        return reply.status(201).header('location', `/v1/venue-accounts/${account.id}`).send(account);
      },
    });

    app.get('/v1/venue-accounts', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listVenueAccounts',
        tags: ['Execution'],
        summary: 'List accounts at venues, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('VenueAccountPage', VenueAccountSchema) },
      },
      handler: (request) => accounts.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/venue-accounts/:id', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getVenueAccount',
        tags: ['Execution'],
        summary: 'Get an account at a venue',
        params: idParams,
        response: { 200: VenueAccountSchema },
      },
      handler: (request) => accounts.get(request.principal.tenantId, request.params.id),
    });

    app.get('/v1/venue-accounts/:id/external-orders', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listExternalOrders',
        tags: ['Execution'],
        summary: 'List open orders at the venue that Ballast did not send',
        description: 'As they were when the account was last compared with the venue; at most 1,000.',
        params: idParams,
        response: { 200: z.object({ items: z.array(ExternalOrderSchema) }).meta({ id: 'ExternalOrders' }) },
      },
      handler: async (request) => ({
        items: await executions.externalOrders(request.principal.tenantId, request.params.id),
      }),
    });

    app.delete('/v1/venue-accounts/:id', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'deleteVenueAccount',
        tags: ['Execution'],
        summary: 'Forget the credentials of an account',
        description: 'Refused while an execution that has not ended trades with it.',
        params: idParams,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await accounts.remove(request.principal.tenantId, request.params.id);
        return reply.status(204).send(null);
      },
    });
  };
}
