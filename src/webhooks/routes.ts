import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import {
  CreatedWebhookEndpointSchema,
  WebhookDeliveryDetailSchema,
  WebhookDeliverySchema,
  WebhookEndpointInputSchema,
  WebhookEndpointSchema,
} from './model.ts';
import type { Webhooks } from './service.ts';

const tags = ['Webhooks'];
const read = { scope: 'webhooks:read' };
const write = { scope: 'webhooks:write' };
const writeLocated = { ...write, answerHeaders: ['location'] as const };

export function webhookRoutes(webhooks: Webhooks) {
  return async (fastify: FastifyInstance): Promise<void> => {
    await fastify.register(endpointRoutes(webhooks));
    await fastify.register(deliveryRoutes(webhooks));
  };
}

function endpointRoutes(webhooks: Webhooks) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/webhook-endpoints', {
      config: writeLocated,
      schema: {
        operationId: 'createWebhookEndpoint',
        tags,
        summary: 'Create a webhook endpoint',
        description:
          'Events from now on are sent to it, signed as Standard Webhooks 1.0 says; its libraries verify them. The signing secret is in this answer and in no other. Ping it to see that it works.',
        body: WebhookEndpointInputSchema,
        response: { 201: CreatedWebhookEndpointSchema },
      },
      handler: async (request, reply) => {
        const endpoint = await webhooks.createEndpoint(request.principal.tenantId, request.resourceId, request.body);
        return reply.status(201).header('location', `/v1/webhook-endpoints/${endpoint.id}`).send(endpoint);
      },
    });

    app.get('/v1/webhook-endpoints', {
      config: read,
      schema: {
        operationId: 'listWebhookEndpoints',
        tags,
        summary: 'List webhook endpoints, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('WebhookEndpointPage', WebhookEndpointSchema) },
      },
      handler: (request) => webhooks.listEndpoints(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/webhook-endpoints/:id', {
      config: read,
      schema: {
        operationId: 'getWebhookEndpoint',
        tags,
        summary: 'Get a webhook endpoint',
        params: idParams,
        response: { 200: WebhookEndpointSchema },
      },
      handler: (request) => webhooks.getEndpoint(request.principal.tenantId, request.params.id),
    });

    app.delete('/v1/webhook-endpoints/:id', {
      config: write,
      schema: {
        operationId: 'deleteWebhookEndpoint',
        tags,
        summary: 'Delete a webhook endpoint',
        description: 'Its deliveries go with it; what is pending is not sent any more.',
        params: idParams,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await webhooks.deleteEndpoint(request.principal.tenantId, request.params.id);
        return reply.status(204).send(null);
      },
    });
  };
}

function deliveryRoutes(webhooks: Webhooks) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/webhook-endpoints/:id/ping', {
      config: writeLocated,
      schema: {
        operationId: 'pingWebhookEndpoint',
        tags,
        summary: 'Send a test message',
        description: 'To this endpoint alone, whatever event types it asked for. 409 when the endpoint is disabled.',
        params: idParams,
        response: { 202: WebhookDeliverySchema },
      },
      handler: async (request, reply) => {
        const delivery = await webhooks.ping(request.principal.tenantId, request.params.id, request.resourceId);
        return reply.status(202).header('location', `/v1/webhook-deliveries/${delivery.id}`).send(delivery);
      },
    });

    app.get('/v1/webhook-endpoints/:id/deliveries', {
      config: read,
      schema: {
        operationId: 'listWebhookDeliveries',
        tags,
        summary: 'List the deliveries to an endpoint, newest first',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('WebhookDeliveryPage', WebhookDeliverySchema) },
      },
      handler: (request) =>
        webhooks.listDeliveries(request.principal.tenantId, request.params.id, idPageRequest(request.query)),
    });

    app.get('/v1/webhook-deliveries/:id', {
      config: read,
      schema: {
        operationId: 'getWebhookDelivery',
        tags,
        summary: 'Get a delivery with its attempts',
        params: idParams,
        response: { 200: WebhookDeliveryDetailSchema },
      },
      handler: (request) => webhooks.getDelivery(request.principal.tenantId, request.params.id),
    });

    app.post('/v1/webhook-deliveries/:id/retry', {
      config: writeLocated,
      schema: {
        operationId: 'retryWebhookDelivery',
        tags,
        summary: 'Send a delivery again',
        description:
          'Under the same webhook-id, so that a receiver that has it already can tell. 409 while the delivery is pending, and when the endpoint is disabled.',
        params: idParams,
        response: { 202: WebhookDeliveryDetailSchema },
      },
      handler: async (request, reply) => {
        const delivery = await webhooks.retryDelivery(request.principal.tenantId, request.params.id);
        return reply.status(202).header('location', `/v1/webhook-deliveries/${delivery.id}`).send(delivery);
      },
    });
  };
}
