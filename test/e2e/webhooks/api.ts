import type { FastifyInstance, InjectOptions } from 'fastify';
import { createHttp, jsonSerializer, zodValidator } from '../../../src/platform/http.ts';
import { useIdempotency } from '../../../src/platform/idempotency.ts';
import type { Webhooks } from '../../../src/webhooks/service.ts';
import { webhookRoutes } from '../../../src/webhooks/routes.ts';
import type { Stage } from './stage.ts';

/** The routes in an app of their own. A token is a tenant id, with `+` and scopes where not both. */
export async function openApi(stage: Stage, webhooks: Webhooks = stage.webhooks): Promise<FastifyInstance> {
  const app = createHttp(stage.log, stage.ids, async (token) => {
    const [tenantId, ...scopes] = token.split('+');
    return {
      tenantId: tenantId!,
      keyId: stage.ids.next(),
      scopes: scopes.length > 0 ? scopes : ['webhooks:read', 'webhooks:write'],
    };
  });
  app.setValidatorCompiler(zodValidator);
  app.setSerializerCompiler(jsonSerializer);
  useIdempotency(app, stage);
  await app.register(webhookRoutes(webhooks));
  return app;
}

export function callAs(app: FastifyInstance, token: string) {
  return (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, headers: Record<string, string> = {}) => {
    const options: InjectOptions = { method, url, headers: { authorization: `Bearer ${token}`, ...headers } };
    return app.inject(payload ? { ...options, payload } : options);
  };
}
