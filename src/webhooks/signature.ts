import { Webhook } from 'standardwebhooks';
import type { Ids } from '../platform/ids.ts';

/** A signing secret as Standard Webhooks writes it: 24 to 64 random bytes in base64 after a prefix. */
export function newSecret(ids: Ids): string {
  return `whsec_${ids.random(32).toString('base64')}`;
}

/** The headers of one attempt. The id stays over all attempts; time and signature are those of this one. */
export function signedHeaders(secret: string, deliveryId: string, at: Date, body: string): Record<string, string> {
  const id = `msg_${deliveryId}`;
  return {
    'content-type': 'application/json',
    'user-agent': 'Ballast/1.0 (+https://www.standardwebhooks.com)',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

/** The very text that is signed and sent. */
export function webhookBody(type: string, timestamp: string, data: object): string {
  return JSON.stringify({ type, timestamp, data });
}
