import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { etag, idParams, ifMatch, requiredVersion, versionQuery } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { HedgePolicyInputSchema, StoredPolicySchema } from './policyModel.ts';
import type { Policies } from './policyService.ts';

export function policyRoutes(policies: Policies) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/hedge-policies', {
      config: { scope: 'hedging:write', answerHeaders: ['location', 'etag'] },
      schema: {
        operationId: 'createHedgePolicy',
        tags: ['Hedging'],
        summary: 'Create a hedge policy',
        description: 'Stores it as version 1. Plans, monitors and backtests name a policy, or a version of it.',
        body: HedgePolicyInputSchema,
        response: { 201: StoredPolicySchema },
      },
      handler: async (request, reply) => {
        const policy = await policies.create(request.principal.tenantId, request.resourceId, request.body);
        return reply
          .status(201)
          .headers({ location: `/v1/hedge-policies/${policy.id}`, etag: etag(policy.version) })
          .send(policy);
      },
    });

    app.get('/v1/hedge-policies', {
      config: { scope: 'hedging:read' },
      schema: {
        operationId: 'listHedgePolicies',
        tags: ['Hedging'],
        summary: 'List hedge policies, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('HedgePolicyPage', StoredPolicySchema) },
      },
      handler: (request) => policies.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/hedge-policies/:id', {
      config: { scope: 'hedging:read', answerHeaders: ['etag'] },
      schema: {
        operationId: 'getHedgePolicy',
        tags: ['Hedging'],
        summary: 'Get a hedge policy',
        params: idParams,
        querystring: versionQuery,
        response: { 200: StoredPolicySchema },
      },
      handler: async (request, reply) => {
        const policy = await policies.get(request.principal.tenantId, request.params.id, request.query.version);
        return reply.header('etag', etag(policy.version)).send(policy);
      },
    });

    app.put('/v1/hedge-policies/:id', {
      config: { scope: 'hedging:write', answerHeaders: ['etag'] },
      schema: {
        operationId: 'replaceHedgePolicy',
        tags: ['Hedging'],
        summary: 'Make the next version of a hedge policy',
        description: 'What was planned or tested by an earlier version still names it.',
        params: idParams,
        headers: ifMatch,
        body: HedgePolicyInputSchema,
        response: { 200: StoredPolicySchema },
      },
      handler: async (request, reply) => {
        const policy = await policies.replace(
          request.principal.tenantId,
          request.params.id,
          requiredVersion(request),
          request.body,
        );
        return reply.header('etag', etag(policy.version)).send(policy);
      },
    });
  };
}
