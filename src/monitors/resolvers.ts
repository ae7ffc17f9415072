import type { EventFeed } from '../platform/events.ts';
import {
  byId,
  connection,
  creationId,
  existingId,
  field,
  input,
  orNull,
  pageArguments,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { subscription, watch } from '../platform/graphqlSubscriptions.ts';
import { MonitorInputSchema, type Monitor } from './model.ts';
import type { Monitors } from './service.ts';

const READ = 'execution:read';
const WRITE = 'execution:write';

export function monitorResolvers({ monitors, feed }: { monitors: Monitors; feed: EventFeed }): Resolvers {
  async function* decided(tenantId: string, id: string | undefined, signal: AbortSignal): AsyncGenerator<Monitor> {
    for await (const { type, subject } of watch(feed, tenantId, signal)) {
      if (type !== 'monitor.decided' || (id !== undefined && subject !== id)) continue;
      const monitor = await monitors.get(tenantId, subject).catch(() => undefined); // it may be gone by now
      if (monitor) yield monitor;
    }
  }

  const change = (name: 'pause' | 'resume') =>
    field<{ id: string }>(WRITE, ({ id }, { principal }) =>
      monitors[name](principal.tenantId, existingId('monitor', id)),
    );

  return {
    Query: {
      monitor: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => monitors.get(principal.tenantId, given)),
      ),
      monitors: field(READ, async (args, { principal }) =>
        connection(await monitors.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createMonitor: field<{ id?: string; input: unknown }>(WRITE, (args, context) =>
        monitors.create(context.principal, creationId(args.id, context), input(MonitorInputSchema, args.input)),
      ),
      pauseMonitor: change('pause'),
      resumeMonitor: change('resume'),
    },
    Subscription: {
      monitorDecided: subscription<{ id?: string | null }>(READ, ({ id }, { principal }, signal) =>
        decided(principal.tenantId, id ? existingId('monitor', id) : undefined, signal),
      ),
    },
  };
}
