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
} from '../../platform/graphqlResolvers.ts';
import { FeedInputSchema } from './model.ts';
import type { Feeds } from './service.ts';

const READ = 'market:read';
const WRITE = 'market:write';

export function feedResolvers(feeds: Feeds): Resolvers {
  const change = (name: 'pause' | 'resume') =>
    field<{ id: string }>(WRITE, ({ id }, { principal }) =>
      feeds[name](principal.tenantId, existingId('market feed', id)),
    );

  return {
    Query: {
      marketFeed: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => feeds.get(principal.tenantId, given)),
      ),
      marketFeeds: field(READ, async (args, { principal }) =>
        connection(await feeds.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createMarketFeed: field<{ id?: string; input: unknown }>(WRITE, (args, context) =>
        feeds.create(context.principal.tenantId, creationId(args.id, context), input(FeedInputSchema, args.input)),
      ),
      pauseMarketFeed: change('pause'),
      resumeMarketFeed: change('resume'),
      deleteMarketFeed: field<{ id: string }>(WRITE, async ({ id }, { principal }) => {
        const given = existingId('market feed', id);
        await feeds.remove(principal.tenantId, given);
        return given;
      }),
    },
  };
}
