import { z } from 'zod';
import { text } from '../platform/text.ts';

/** What a key may be allowed to do within its tenant. `admin` allows all of it, keys included. */
export const SCOPES = [
  'portfolios:read',
  'portfolios:write',
  'market:read',
  'market:write',
  'analyses:read',
  'analyses:write',
  'hedging:read',
  'hedging:write',
  'execution:read',
  'execution:write',
  'webhooks:read',
  'webhooks:write',
  'events:read',
  'admin',
] as const;

/** Held by the bootstrap key alone: it may also make tenants. No key can be given it. */
export const OPERATOR = 'operator';

export const ApiKeyInputSchema = z
  .strictObject({
    name: text(100),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  })
  .meta({ id: 'ApiKeyRequest', examples: [{ name: 'risk dashboard', scopes: ['portfolios:read', 'analyses:read'] }] });
export type ApiKeyInput = z.infer<typeof ApiKeyInputSchema>;

export const ApiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().meta({ description: 'The first characters of the key' }),
    scopes: z.array(z.enum([...SCOPES, OPERATOR])),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKeySchema>;

export const CreatedApiKeySchema = ApiKeySchema.extend({
  key: z.string().meta({ description: 'The key itself, shown this once' }),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKeySchema>;

export const TenantInputSchema = z
  .strictObject({ name: text(100) })
  .meta({ id: 'TenantRequest', examples: [{ name: 'Volatility desk' }] });

export const TenantSchema = z
  .object({ id: z.uuid(), name: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof TenantSchema>;

export const CreatedTenantSchema = TenantSchema.extend({
  adminKey: CreatedApiKeySchema.meta({ description: 'The first key of the tenant, with the scope admin' }),
}).meta({ id: 'CreatedTenant' });
export type CreatedTenant = z.infer<typeof CreatedTenantSchema>;
