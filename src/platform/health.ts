import type { FastifyInstance } from 'fastify';
import type { Database } from './database.ts';
import { problemPage } from './openapi.ts';
import type { JobQueue } from './queue.ts';
import type { Metrics } from './telemetry.ts';

/** What operators and orchestrators ask: is it alive, can it work, what are its numbers. */
export function useHealth(
  app: FastifyInstance,
  deps: { db: Database; queue: JobQueue; metrics: Metrics; queues: string[] },
): void {
  const { db, queue, metrics, queues } = deps;
  const open = { config: { scope: 'public' }, schema: { hide: true } };

  app.get('/healthz', open, async () => ({ status: 'ok' }));

  app.get('/readyz', open, async (request, reply) => {
    const checks = await Promise.allSettled([
      db.system((tx) => tx.query('SELECT 1 AS ok')),
      ...queues.map((name) => queue.depth(name)),
    ]);
    const [database, ...rest] = checks.map(({ status }) => status === 'fulfilled');
    const ready = { database, queue: rest.every(Boolean) };
    if (!ready.database || !ready.queue) request.log.warn({ checks }, 'not ready');
    return reply.status(ready.database && ready.queue ? 200 : 503).send(ready);
  });

  app.get('/metrics', open, async (_request, reply) => {
    const depths = await Promise.allSettled(queues.map(async (name) => ({ name, ...(await queue.depth(name)) })));
    for (const depth of depths) {
      if (depth.status === 'rejected') continue;
      metrics.queueDepth.set({ queue: depth.value.name, state: 'waiting' }, depth.value.waiting);
      metrics.queueDepth.set({ queue: depth.value.name, state: 'active' }, depth.value.active);
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  app.get('/errors', open, async (_request, reply) => reply.type('text/html').send(problemPage()));

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    metrics.requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}
