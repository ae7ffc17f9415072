import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from './database.ts';
import { EventSchema, eventCursor, LOG_START, readTenantEvents, type EventFeed, type TenantEvent } from './events.ts';
import { sendServerEvents } from './http.ts';
import { MAX_PAGE } from './pagination.ts';

const EventPageSchema = z
  .object({
    items: z.array(EventSchema),
    nextAfter: z.string().nullable().meta({ description: 'Pass as `after` to go on; null when there were no events' }),
  })
  .meta({ id: 'EventPage' });

/** The tenant's event log: to be read page by page, or watched. */
export function eventRoutes(db: Database, feed: EventFeed) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.get('/v1/events', {
      config: { scope: 'events:read' },
      schema: {
        operationId: 'listEvents',
        tags: ['Events'],
        summary: 'Read the event log, oldest first',
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
          after: z.string().max(60).optional().meta({ description: 'Id of the last event seen' }),
        }),
        response: { 200: EventPageSchema },
      },
      handler: async (request) => {
        const { tenantId } = request.principal;
        const { limit, after } = request.query;
        const events = await db.tenant(tenantId, (tx) =>
          readTenantEvents(tx, tenantId, after ? eventCursor(after) : LOG_START, limit),
        );
        return { items: events.map(publicEvent), nextAfter: events.at(-1)?.id ?? null };
      },
    });

    app.get('/v1/events/stream', {
      config: { scope: 'events:read', longLived: true },
      schema: {
        operationId: 'streamEvents',
        tags: ['Events'],
        summary: 'Watch the event log',
        description:
          'Server-sent events, from now on or after `Last-Event-ID`. While a transaction is open somewhere, "now" is when it began.',
        headers: z.looseObject({ 'last-event-id': z.string().max(60).optional() }),
        response: {
          200: {
            description: 'OK',
            content: {
              'text/event-stream': { schema: z.string().meta({ description: 'Events: `data` is an Event object' }) },
            },
          },
        },
      },
      handler: async (request, reply) => {
        const last = request.headers['last-event-id'];
        const { tenantId } = request.principal;
        const after = last ? eventCursor(last) : await feed.position();
        return sendServerEvents(request, reply, `${after.xid}-${after.id}`, (signal) =>
          map(feed.subscribe(tenantId, signal, after), publicEvent),
        );
      },
    });
  };
}

/** Without what is ours alone. */
function publicEvent({ id, type, subject, createdAt, data }: TenantEvent) {
  return { id, type, subject, createdAt, data };
}

async function* map<T, R>(source: AsyncIterable<T>, change: (item: T) => R): AsyncGenerator<R> {
  for await (const item of source) yield change(item);
}
