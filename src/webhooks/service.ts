import { pageOf, type Page, type PageRequest } from '../platform/pagination.ts';
import { notFound, Problem, rejectFaults } from '../platform/problem.ts';
import { createBeginDue, type DeliveryDeps } from './deliver.ts';
import { fanOut } from './fanOut.ts';
import { urlFault } from './guard.ts';
import type {
  CreatedWebhookEndpoint,
  WebhookDelivery,
  WebhookDeliveryDetail,
  WebhookEndpoint,
  WebhookEndpointInput,
} from './model.ts';
import { newSecret, webhookBody } from './signature.ts';
import * as store from './store.ts';

export interface WebhookDeps extends DeliveryDeps {
  /** Take endpoints on http and in private networks too. */
  allowPrivate: boolean;
}

export type Webhooks = ReturnType<typeof createWebhooks>;

/** Endpoints, what was sent to them, and the two steps that send it: events become deliveries, deliveries are made. */
export function createWebhooks(deps: WebhookDeps) {
  const { db, clock, ids, cipher, wake } = deps;
  const beginDue = createBeginDue(deps);

  const getEndpoint = async (tenantId: string, id: string): Promise<WebhookEndpoint> => {
    const found = await db.tenant(tenantId, (tx) => store.findEndpoint(tx, tenantId, id));
    if (!found) throw notFound('webhook endpoint', id);
    return found;
  };

  const getDelivery = async (tenantId: string, id: string): Promise<WebhookDeliveryDetail> => {
    const [delivery, log] = await db.tenant(tenantId, (tx) =>
      Promise.all([store.findDelivery(tx, tenantId, id), store.listAttempts(tx, tenantId, id)]),
    );
    if (!delivery) throw notFound('webhook delivery', id);
    return { ...delivery, log };
  };

  return {
    getEndpoint,
    getDelivery,

    /** A second call with the same id answers the endpoint of the first, its secret included: it is the same creation. */
    async createEndpoint(tenantId: string, id: string, input: WebhookEndpointInput): Promise<CreatedWebhookEndpoint> {
      checkUrl(input.url, deps.allowPrivate);
      const endpoint = newEndpoint(id, input, clock.now());
      const sealed = { ...endpoint, secret: cipher.seal(newSecret(ids)) };
      const stored = await db.tenant(tenantId, (tx) => store.insertEndpoint(tx, tenantId, sealed));
      if (!stored) throw new Problem('conflict', 'The id of this endpoint is taken');
      return { ...stored, secret: cipher.open(stored.secret) };
    },

    async listEndpoints(tenantId: string, page: PageRequest): Promise<Page<WebhookEndpoint>> {
      const rows = await db.tenant(tenantId, (tx) => store.listEndpoints(tx, tenantId, page));
      return pageOf(rows, page.limit, (endpoint) => endpoint.id);
    },

    async deleteEndpoint(tenantId: string, id: string): Promise<void> {
      const done = await db.tenant(tenantId, (tx) => store.deleteEndpoint(tx, tenantId, id));
      if (!done) throw notFound('webhook endpoint', id);
    },

    /** Sends a test message, to this endpoint alone and whatever types it asked for. The delivery gets this id. */
    async ping(tenantId: string, endpointId: string, id: string): Promise<WebhookDelivery> {
      requireEnabled(await getEndpoint(tenantId, endpointId));
      const now = clock.now();
      const body = webhookBody('ping', now.toISOString(), { endpointId });
      const delivery = await db.tenant(tenantId, async (tx) => {
        await store.insertPing(tx, tenantId, { id, endpointId, body, now });
        return store.findDelivery(tx, tenantId, id);
      });
      if (!delivery) throw notFound('webhook endpoint', endpointId);
      wake.call('events');
      return delivery;
    },

    async listDeliveries(tenantId: string, endpointId: string, page: PageRequest): Promise<Page<WebhookDelivery>> {
      await getEndpoint(tenantId, endpointId);
      const rows = await db.tenant(tenantId, (tx) => store.listDeliveries(tx, tenantId, endpointId, page));
      return pageOf(rows, page.limit, (delivery) => delivery.id);
    },

    /** Sends a settled delivery once more, under the same webhook-id. One that had used up its schedule gets one attempt. */
    async retryDelivery(tenantId: string, id: string): Promise<WebhookDeliveryDetail> {
      const delivery = await getDelivery(tenantId, id);
      requireEnabled(await getEndpoint(tenantId, delivery.endpointId));
      const reopened = await db.tenant(tenantId, (tx) => store.reopenDelivery(tx, tenantId, id, clock.now()));
      if (!reopened) throw new Problem('conflict', 'The delivery is pending: an attempt is due or under way');
      wake.call('events');
      return getDelivery(tenantId, id);
    },

    fanOut: () => fanOut(deps),

    beginDue,

    /** Makes the deliveries that are due and waits for them; true while there may be more. */
    async deliverDue(): Promise<boolean> {
      const begun = await beginDue();
      await Promise.all(begun);
      return begun.length > 0;
    },
  };
}

function newEndpoint(id: string, input: WebhookEndpointInput, now: Date): WebhookEndpoint {
  return {
    id,
    url: input.url,
    description: input.description,
    eventTypes: [...new Set(input.eventTypes)],
    createdAt: now.toISOString(),
    disabledAt: null,
    disabledReason: null,
  };
}

function checkUrl(url: string, allowPrivate: boolean): void {
  const fault = urlFault(url, allowPrivate);
  rejectFaults(fault ? [{ pointer: '/url', code: 'url_not_allowed', detail: `The URL ${fault}` }] : []);
}

function requireEnabled(endpoint: WebhookEndpoint): void {
  if (endpoint.disabledAt === null) return;
  throw new Problem('conflict', 'The endpoint is disabled: create another in its place');
}
