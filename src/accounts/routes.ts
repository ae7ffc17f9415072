import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import {
  ApiKeyInputSchema,
  ApiKeySchema,
  CreatedApiKeySchema,
  CreatedTenantSchema,
  OPERATOR,
  TenantInputSchema,
} from './model.ts';
import type { Accounts } from './service.ts';

export function accountRoutes(accounts: Accounts) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/tenants', {
      config: { scope: OPERATOR },
      schema: {
        operationId: 'createTenant',
        tags: ['Accounts'],
        summary: 'Create a tenant',
        description:
          'For the operator of the service: needs the bootstrap key. Answers the first key of the tenant, once.',
        body: TenantInputSchema,
        response: { 201: CreatedTenantSchema },
      },
      handler: async (request, reply) =>
        reply.status(201).send(await accounts.createTenant(request.resourceId, request.body.name)),
    });

    app.post('/v1/api-keys', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'createApiKey',
        tags: ['Accounts'],
        summary: 'Create an API key',
        description: 'The key is shown in this answer and never again.',
        body: ApiKeyInputSchema,
        response: { 201: CreatedApiKeySchema },
      },
      handler: async (request, reply) =>
        reply.status(201).send(await accounts.createKey(request.principal, request.resourceId, request.body)),
    });

    app.get('/v1/api-keys', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listApiKeys',
        tags: ['Accounts'],
        summary: 'List API keys, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('ApiKeyPage', ApiKeySchema) },
      },
      handler: (request) => accounts.listKeys(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.delete('/v1/api-keys/:id', {
      config: { scope: 'admin' },
      schema: {
        operationId: 'revokeApiKey',
        tags: ['Accounts'],
        summary: 'Revoke an API key',
        description: 'It stops working at once here, and within five seconds in other processes.',
        params: idParams,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await accounts.revokeKey(request.principal.tenantId, request.params.id);
        return reply.status(204).send(null);
      },
    });
  };
}
