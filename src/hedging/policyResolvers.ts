import {
  byId,
  connection,
  creationId,
  existingId,
  expectedVersion,
  field,
  input,
  orNull,
  pageArguments,
  type Resolvers,
  type VersionArguments,
} from '../platform/graphqlResolvers.ts';
import { HedgePolicyInputSchema } from './policyModel.ts';
import type { Policies } from './policyService.ts';

const READ = 'hedging:read';
const WRITE = 'hedging:write';

interface Replacement extends VersionArguments {
  id: string;
  input: unknown;
}

export function policyResolvers(policies: Policies): Resolvers {
  return {
    Query: {
      hedgePolicy: field<{ id: string; version?: number | null }>(READ, ({ id, version }, { principal }) =>
        orNull(id, (given) => policies.get(principal.tenantId, given, version ?? undefined)),
      ),
      hedgePolicies: field(READ, async (args, { principal }) =>
        connection(await policies.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createHedgePolicy: field<{ id?: string; input: unknown }>(WRITE, (args, context) =>
        policies.create(
          context.principal.tenantId,
          creationId(args.id, context),
          input(HedgePolicyInputSchema, args.input),
        ),
      ),
      replaceHedgePolicy: field<Replacement>(WRITE, (args, { principal }) =>
        policies.replace(
          principal.tenantId,
          existingId('hedge policy', args.id),
          expectedVersion(args),
          input(HedgePolicyInputSchema, args.input),
        ),
      ),
    },
  };
}
