import {
  byId,
  connection,
  creationId,
  field,
  input,
  orNull,
  pageArguments,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { MarketSnapshotInputSchema } from './model.ts';
import type { Market } from './service.ts';

const READ = 'market:read';

export function marketResolvers(market: Market): Resolvers {
  return {
    Query: {
      marketSnapshot: field<{ id: string }>(READ, ({ id }, { principal }) =>
        orNull(id, (given) => market.get(principal.tenantId, given)),
      ),
      marketSurface: field<{ snapshotId: string; underlying: string; quote: string }>(
        READ,
        ({ snapshotId, underlying, quote }, { principal }) =>
          orNull(snapshotId, (given) => market.surface(principal.tenantId, given, underlying, quote)),
      ),
      marketSnapshots: field(READ, async (args, { principal }) =>
        connection(await market.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createMarketSnapshot: field<{ id?: string; data: unknown }>('market:write', ({ id, data }, context) =>
        market.create(context.principal.tenantId, creationId(id, context), input(MarketSnapshotInputSchema, data)),
      ),
    },
  };
}
