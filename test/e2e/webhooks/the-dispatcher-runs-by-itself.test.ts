import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { appendEvent } from '../../../src/platform/events.ts';
import { startWake } from '../../../src/platform/wake.ts';
import { startWebhookDispatcher } from '../../../src/webhooks/dispatcher.ts';
import { createSender } from '../../../src/webhooks/sender.ts';
import { createWebhooks } from '../../../src/webhooks/service.ts';
import { openStage, openTarget } from './stage.ts';

test('events are delivered soon, backlog and slow receivers notwithstanding, and stopping waits for what is under way', async () => {
  const stage = await openStage();
  const { db, ids, cipher, log } = stage;
  const clock = systemClock;
  const wake = startWake(db, clock, () => undefined);
  const webhooks = createWebhooks({
    db,
    clock,
    ids,
    cipher,
    log,
    wake,
    allowPrivate: true,
    sender: createSender({ clock, allowPrivate: true }),
  });
  const [slow, quick] = [await openTarget({ status: 204, afterMs: 1_500 }), await openTarget({ status: 204 })];
  const tenantId = await stage.tenant();
  const slowEndpoint = await stage.create(tenantId, slow.url, ['execution.failed']);
  await stage.create(tenantId, quick.url, ['execution.completed']);
  const dispatcher = startWebhookDispatcher(webhooks, { clock, wake, log });
  const publish = async (type: string) => {
    await db.tenant(tenantId, (tx) => appendEvent(tx, clock.now(), { tenantId, type, subject: ids.next(), data: {} }));
    wake.call('events');
  };
  await publish('execution.failed');
  while (slow.messages.length === 0) await clock.sleep(10);
  const started = clock.monotonic();
  for (let i = 0; i < 30; i++) await publish('execution.completed');
  while (quick.messages.length < 30) await clock.sleep(10);
  expect(clock.monotonic() - started).toBeLessThan(1_500);
  await dispatcher.stop();
  expect(await stage.only(tenantId, slowEndpoint.id)).toMatchObject({ status: 'succeeded' });
  await wake.stop();
  await stage.drop();
});
