import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createFakeSender, type ReceiverReply } from '../../../src/webhooks/fakeSender.ts';
import type { WebhookRequest, WebhookSender } from '../../../src/webhooks/ports.ts';
import { createSender } from '../../../src/webhooks/sender.ts';
import { startReceiver } from './receiver.ts';

interface Stage {
  sender: WebhookSender;
  url: string;
  received: { headers: Record<string, unknown>; body: string }[];
  close(): Promise<void>;
}

async function realStage(reply: ReceiverReply, allowPrivate: boolean): Promise<Stage> {
  const received: Stage['received'] = [];
  const receiver = await startReceiver((request, response, body) => {
    received.push({ headers: request.headers, body });
    void sleep(reply.afterMs ?? 0).then(() => response.writeHead(reply.status, reply.headers).end(reply.body));
  });
  return {
    sender: createSender({ clock: systemClock, allowPrivate }),
    url: receiver.url,
    received,
    close: receiver.close,
  };
}

async function fakeStage(reply: ReceiverReply, allowPrivate: boolean): Promise<Stage> {
  const received: WebhookRequest[] = [];
  const sender = createFakeSender({ clock: systemClock, allowPrivate }, (request) => {
    received.push(request);
    return reply;
  });
  return { sender, url: 'http://127.0.0.1:9/hook', received, close: async () => undefined };
}

describe.each([
  ['the sender', realStage],
  ['the fake', fakeStage],
])('%s', (_, open) => {
  let stage: Stage;
  const send = async (reply: ReceiverReply, timeoutMs = 5_000, allowPrivate = true) => {
    stage = await open(reply, allowPrivate);
    return stage.sender.send({
      url: stage.url,
      headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json' },
      body: '{"type":"ping"}',
      timeoutMs,
    });
  };
  afterEach(() => stage.close());

  test('hands headers and body to the receiver', async () => {
    await send({ status: 204 });
    expect(stage.received).toMatchObject([
      { headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json' }, body: '{"type":"ping"}' },
    ]);
  });

  test.each([200, 204, 400, 410, 429, 500, 503])('answers status %i', async (status) => {
    expect(await send({ status })).toEqual({ status, body: '' });
  });

  test('answers Retry-After in seconds', async () => {
    expect(await send({ status: 503, headers: { 'retry-after': '30' }, body: 'later' })).toEqual({
      status: 503,
      retryAfter: 30,
      body: 'later',
    });
  });

  test('does not follow redirects', async () => {
    expect(await send({ status: 307, headers: { location: '/hook' } })).toEqual({ status: 307, body: '' });
    expect(stage.received).toHaveLength(1);
  });

  test('keeps 2,000 characters of the answer, and no U+0000', async () => {
    expect((await send({ status: 200, body: 'a\0b' + 'c'.repeat(5_000) })).body).toBe('ab' + 'c'.repeat(1_998));
  });

  test('gives up after the timeout', async () => {
    await expect(send({ status: 200, afterMs: 2_000 }, 100)).rejects.toMatchObject({
      name: 'SendFailure',
      reason: 'timeout',
    });
  });

  test('calls no private address unless it may', async () => {
    await expect(send({ status: 200 }, 5_000, false)).rejects.toMatchObject({
      name: 'SendFailure',
      reason: 'address_not_allowed',
    });
    expect(stage.received).toEqual([]);
  });
});
