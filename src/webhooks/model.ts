import { z } from 'zod';
import { isStorable } from '../platform/text.ts';

/** What an endpoint can be told. The names are those of the event log; events of other types are never sent. */
export const EVENT_TYPES = [
  'analysis.completed',
  'analysis.failed',
  'hedge_plan.completed',
  'hedge_plan.failed',
  'backtest.completed',
  'backtest.failed',
  'execution.approval_requested',
  'execution.approved',
  'execution.cancelled',
  'execution.rehearsed',
  'execution.slice_completed',
  'execution.completed',
  'execution.partial',
  'execution.failed',
  'netting.crossed',
  'order.overfilled',
  'order.filled_late',
  'rebalance.triggered',
  'rebalance.completed',
  'portfolio.expired',
  'monitor.paused',
  'monitor.resumed',
  'trading_state.changed',
  'webhook_endpoint.disabled',
  'ping',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const eventType = z.enum(EVENT_TYPES);
const instant = z.iso.datetime();

export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

const eventTypes = z.array(eventType).meta({ description: 'The types that are sent; an empty list stands for all' });

export const WebhookEndpointInputSchema = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .refine(isStorable, 'must not contain U+0000 or half of a surrogate pair')
      .meta({ description: 'Where to POST: https, port 443, a public address, no user and password in it' }),
    description: z
      .string()
      .max(500)
      .refine(isStorable, 'must not contain U+0000 or half of a surrogate pair')
      .default('')
      .meta({ description: 'A note for people' }),
    eventTypes: eventTypes.max(EVENT_TYPES.length).default([]),
  })
  .meta({
    id: 'WebhookEndpointRequest',
    examples: [
      { url: 'https://desk.example.com/ballast', eventTypes: ['hedge_plan.completed', 'rebalance.completed'] },
    ],
  });
export type WebhookEndpointInput = z.infer<typeof WebhookEndpointInputSchema>;

export const WebhookEndpointSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    eventTypes,
    createdAt: instant.meta({ description: 'Events from this instant on are sent' }),
    disabledAt: instant.nullable().meta({ description: 'When sending stopped; null while it goes on' }),
    disabledReason: z
      .enum(DISABLED_REASONS)
      .nullable()
      .meta({ description: 'gone: it answered 410; failing: every attempt of five days failed' }),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof WebhookEndpointSchema>;

export const CreatedWebhookEndpointSchema = WebhookEndpointSchema.extend({
  secret: z.string().meta({
    description: 'The signing secret, shown this once: give it to a Standard Webhooks library as it is',
    examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
  }),
}).meta({ id: 'CreatedWebhookEndpoint' });
export type CreatedWebhookEndpoint = z.infer<typeof CreatedWebhookEndpointSchema>;

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const WebhookDeliverySchema = z
  .object({
    id: z.uuid().meta({ description: 'The receiver sees it as `webhook-id: msg_<id>`, the same at every attempt' }),
    endpointId: z.uuid(),
    eventId: z.string().meta({ description: 'Number of the event in the log; a ping has one of its own' }),
    eventType,
    status: z.enum(DELIVERY_STATUSES).meta({
      description: 'pending: an attempt is due or under way; failed: no further attempt will be made unless asked for',
    }),
    attempts: z.int().min(0).meta({ description: 'Attempts begun' }),
    nextAttemptAt: instant.nullable().meta({ description: 'Earliest instant of the next attempt; null once settled' }),
    createdAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'WebhookDelivery', description: 'One event on its way to one endpoint' });
export type WebhookDelivery = z.infer<typeof WebhookDeliverySchema>;

export const WebhookAttemptSchema = z
  .object({
    attempt: z.int().min(1),
    at: instant.meta({ description: 'When it was sent' }),
    durationMs: z.int().min(0).meta({ description: 'Milliseconds until the answer, or until we gave up' }),
    statusCode: z.int().nullable().meta({ description: 'HTTP status of the answer; null when there was none' }),
    error: z.string().nullable().meta({ description: 'Why there was no answer; null when there was one' }),
    response: z.string().nullable().meta({ description: 'The first 2,000 characters of the answer' }),
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = z.infer<typeof WebhookAttemptSchema>;

export const WebhookDeliveryDetailSchema = WebhookDeliverySchema.extend({
  log: z.array(WebhookAttemptSchema).meta({ description: 'The attempts that ended, in order' }),
}).meta({ id: 'WebhookDeliveryDetail' });
export type WebhookDeliveryDetail = z.infer<typeof WebhookDeliveryDetailSchema>;
