import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import { newSecret, signedHeaders, webhookBody } from '../../../src/webhooks/signature.ts';

const ids = systemIds(systemClock);
const body = fc
  .tuple(fc.string({ unit: 'binary' }), fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()))
  .map(([type, data]) => webhookBody(type, systemClock.now().toISOString(), data));
const message = fc.record({ body, secret: fc.constant(0).map(() => newSecret(ids)), id: fc.uuid() });

test('the published library verifies any body and gives it back', () => {
  fc.assert(
    fc.property(message, ({ body, secret, id }) => {
      const headers = signedHeaders(secret, id, systemClock.now(), body);
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    }),
  );
});

test('the signature is HMAC-SHA256 over id.timestamp.body, as node:crypto computes it', () => {
  fc.assert(
    fc.property(
      message,
      fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
      ({ body, secret, id }, at) => {
        const headers = signedHeaders(secret, id, at, body);
        const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
        expect(key).toHaveLength(32);
        expect(headers['webhook-id']).toBe(`msg_${id}`);
        expect(headers['webhook-timestamp']).toBe(String(Math.floor(at.getTime() / 1000)));
        const signed = createHmac('sha256', key)
          .update(`msg_${id}.${headers['webhook-timestamp']}.${body}`)
          .digest('base64');
        expect(headers['webhook-signature']).toBe(`v1,${signed}`);
      },
    ),
  );
});

test('whatever is changed, it fails', () => {
  fc.assert(
    fc.property(
      message,
      fc.nat(),
      fc.constantFrom('body', 'id', 'timestamp', 'secret'),
      ({ body, secret, id }, where, what) => {
        const headers = signedHeaders(secret, id, systemClock.now(), body);
        const at = where % body.length;
        const tampered =
          what === 'body' ? body.slice(0, at) + (body[at] === '#' ? '!' : '#') + body.slice(at + 1) : body;
        if (what === 'id') headers['webhook-id'] += '0';
        if (what === 'timestamp')
          headers['webhook-timestamp'] = String(Number(headers['webhook-timestamp']) + 1 + (where % 60));
        const verifier = new Webhook(what === 'secret' ? newSecret(ids) : secret);
        expect(() => verifier.verify(tampered, headers)).toThrow(WebhookVerificationError);
      },
    ),
  );
});
