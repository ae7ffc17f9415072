import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { DecisionSchema, MonitorInputSchema, MonitorSchema } from './model.ts';
import type { Monitors } from './service.ts';

export function monitorRoutes(monitors: Monitors) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/monitors', {
      config: { scope: 'execution:write', answerHeaders: ['location'] },
      schema: {
        operationId: 'createMonitor',
        tags: ['Monitors'],
        summary: 'Let an agent hedge a portfolio',
        description:
          'Whenever there is a new market snapshot, or the book has changed, the book is valued and the policy asked. What it wants is planned, and executed as `execution` says: at once, after your approval, or as a rehearsal. A portfolio has one monitor at most.',
        body: MonitorInputSchema,
        response: { 201: MonitorSchema },
      },
      handler: async (request, reply) => {
        const monitor = await monitors.create(request.principal, request.resourceId, request.body);
        return reply.status(201).header('location', `/v1/monitors/${monitor.id}`).send(monitor);
      },
    });

    app.get('/v1/monitors', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listMonitors',
        tags: ['Monitors'],
        summary: 'List monitors, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('MonitorPage', MonitorSchema) },
      },
      handler: (request) => monitors.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/monitors/:id', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'getMonitor',
        tags: ['Monitors'],
        summary: 'Get a monitor with its last decision',
        params: idParams,
        response: { 200: MonitorSchema },
      },
      handler: (request) => monitors.get(request.principal.tenantId, request.params.id),
    });

    app.get('/v1/monitors/:id/decisions', {
      config: { scope: 'execution:read' },
      schema: {
        operationId: 'listMonitorDecisions',
        tags: ['Monitors'],
        summary: 'List what a monitor decided, newest first',
        description: 'One for every rebalance, and one whenever the verdict was another than before.',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema('MonitorDecisionPage', DecisionSchema) },
      },
      handler: (request) =>
        monitors.decisions(request.principal.tenantId, request.params.id, idPageRequest(request.query)),
    });

    app.post('/v1/monitors/:id/pause', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'pauseMonitor',
        tags: ['Monitors'],
        summary: 'Pause a monitor',
        description: 'It decides nothing more. An execution that it has begun goes on; call that off by itself.',
        params: idParams,
        response: { 200: MonitorSchema },
      },
      handler: (request) => monitors.pause(request.principal.tenantId, request.params.id),
    });

    app.post('/v1/monitors/:id/resume', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'resumeMonitor',
        tags: ['Monitors'],
        summary: 'Let a paused monitor go on',
        params: idParams,
        response: { 200: MonitorSchema },
      },
      handler: (request) => monitors.resume(request.principal.tenantId, request.params.id),
    });

    app.delete('/v1/monitors/:id', {
      config: { scope: 'execution:write' },
      schema: {
        operationId: 'deleteMonitor',
        tags: ['Monitors'],
        summary: 'Remove a monitor',
        params: idParams,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await monitors.remove(request.principal.tenantId, request.params.id);
        return reply.status(204).send(null);
      },
    });
  };
}
