import type { IncomingHttpHeaders } from 'node:http';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createCipher } from '../../../src/platform/cipher.ts';
import { fixedClock, systemClock } from '../../../src/platform/clock.ts';
import { appendEvent } from '../../../src/platform/events.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import type { CreatedWebhookEndpoint, WebhookDelivery } from '../../../src/webhooks/model.ts';
import { createSender } from '../../../src/webhooks/sender.ts';
import { createWebhooks, type Webhooks } from '../../../src/webhooks/service.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startReceiver } from '../../unit/webhooks/receiver.ts';

export interface Message {
  at: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  afterMs?: number;
}

export interface Target {
  url: string;
  messages: Message[];
  /** Given in turn; the last one stays. */
  answers: Answer[];
  /** The most requests that were open at one time. */
  mostAtOnce(): number;
}

/** A receiver that writes down what it gets and answers as told. */
export async function openTarget(...answers: Answer[]): Promise<Target> {
  const messages: Message[] = [];
  let open = 0;
  let most = 0;
  const receiver = await startReceiver(({ headers }, response, body) => {
    most = Math.max(most, ++open);
    response.on('close', () => void (open -= 1));
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 204 };
    messages.push({ at: performance.now(), headers, body });
    void systemClock
      .sleep(answer.afterMs ?? 0)
      .then(() => response.writeHead(answer.status, answer.headers).end(answer.body));
  });
  onTestFinished(receiver.close);
  return { url: receiver.url, messages, answers, mostAtOnce: () => most };
}

const SECOND = 1_000;

export async function openStage() {
  const database: TestDatabase = await createTestDatabase();
  const { db } = database;
  const clock = fixedClock(new Date());
  const ids = systemIds(clock);
  const cipher = createCipher(Buffer.alloc(32, 7), ids);
  const log = pino({ level: 'silent' });
  const wake = { call: () => undefined };
  /** Another process on the same database. */
  const process = (options: { allowPrivate?: boolean } = {}): Webhooks => {
    const allowPrivate = options.allowPrivate ?? true;
    return createWebhooks({
      db,
      clock,
      ids,
      cipher,
      wake,
      log,
      allowPrivate,
      sender: createSender({ clock: systemClock, allowPrivate }),
    });
  };
  const webhooks = process();

  const publish = (tenantId: string, type: string, data: object = {}) =>
    db.system((tx) => appendEvent(tx, clock.now(), { tenantId, type, subject: ids.next(), data }));

  const deliveries = async (tenantId: string, endpointId: string): Promise<WebhookDelivery[]> =>
    (await webhooks.listDeliveries(tenantId, endpointId, { limit: 200, after: undefined })).items;

  /** Waits for the transactions of neighbouring tests, which share the server: the log is read only below the oldest. */
  const settled = async (): Promise<void> => {
    for (;;) {
      const [open] = await db.system((tx) =>
        tx.query('SELECT 1 FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1'),
      );
      if (!open) return;
      await systemClock.sleep(10);
    }
  };

  return {
    ...database,
    settled,
    clock,
    ids,
    cipher,
    log,
    process,
    webhooks,
    publish,
    deliveries,
    tenant: database.tenant,

    create: (tenantId: string, url: string, eventTypes: CreatedWebhookEndpoint['eventTypes'] = []) =>
      webhooks.createEndpoint(tenantId, ids.next(), { url, description: '', eventTypes }),

    /** Fans out all that was published. */
    async fanOutAll(): Promise<void> {
      await settled();
      while (await webhooks.fanOut());
    },

    async deliverAll(): Promise<void> {
      while (await webhooks.deliverDue());
    },

    /** Moves the clock ahead. */
    pass(seconds: number): void {
      clock.set(new Date(clock.now().getTime() + seconds * SECOND));
    },

    /** The one delivery to the endpoint, with its attempts. */
    async only(tenantId: string, endpointId: string) {
      const [delivery, another] = await deliveries(tenantId, endpointId);
      if (!delivery || another) throw new Error('there is not exactly one delivery');
      return webhooks.getDelivery(tenantId, delivery.id);
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

/** Seconds from the stage's now to an instant. */
export function secondsUntil(stage: Stage, instant: string | null): number {
  if (instant === null) throw new Error('there is no instant');
  return (Date.parse(instant) - stage.clock.now().getTime()) / SECOND;
}
