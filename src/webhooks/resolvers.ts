import {
  byId,
  connection,
  creationId,
  existingId,
  field,
  input,
  pageArguments,
  withoutNulls,
  type Resolvers,
} from '../platform/graphqlResolvers.ts';
import { WebhookEndpointInputSchema } from './model.ts';
import type { Webhooks } from './service.ts';

const WRITE = 'webhooks:write';

export function webhookResolvers(webhooks: Webhooks): Resolvers {
  return {
    Query: {
      webhookEndpoints: field('webhooks:read', async (args, { principal }) =>
        connection(await webhooks.listEndpoints(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Mutation: {
      createWebhookEndpoint: field<{ id?: string; input: object }>(WRITE, async (args, context) => {
        const given = input(WebhookEndpointInputSchema, withoutNulls(args.input));
        const { secret, ...endpoint } = await webhooks.createEndpoint(
          context.principal.tenantId,
          creationId(args.id, context),
          given,
        );
        return { endpoint, secret };
      }),
      deleteWebhookEndpoint: field<{ id: string }>(WRITE, async ({ id }, { principal }) => {
        const given = existingId('webhook endpoint', id);
        await webhooks.deleteEndpoint(principal.tenantId, given);
        return given;
      }),
    },
  };
}
