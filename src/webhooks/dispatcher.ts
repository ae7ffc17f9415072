import type { Logger } from 'pino';
import type { Clock } from '../platform/clock.ts';
import { startLoop, type Loop } from '../platform/loop.ts';
import type { Wake } from '../platform/wake.ts';
import type { Webhooks } from './service.ts';

/** How late an attempt can be when no wake-up came through. */
const POLL_MS = 250;

/** Keeps events turning into deliveries and deliveries being made, until it is stopped. Any number of processes may. */
export function startWebhookDispatcher(
  webhooks: Webhooks,
  deps: { clock: Clock; wake: Pick<Wake, 'on'>; log: Logger },
): Loop {
  const onError = (error: unknown) => deps.log.error({ err: error }, 'webhooks are held up');
  const underWay = new Set<Promise<void>>();

  // A slow receiver must not hold up the others, so the attempts are begun here and not waited for.
  const deliveries = startLoop(
    deps.clock,
    POLL_MS,
    async () => {
      const begun = await webhooks.beginDue();
      for (const attempt of begun) {
        const ended: Promise<void> = attempt.then(() => {
          underWay.delete(ended);
          deliveries.kick(); // there is room again
        });
        underWay.add(ended);
      }
      return begun.length > 0;
    },
    onError,
  );

  const events = startLoop(
    deps.clock,
    POLL_MS,
    async () => {
      const more = await webhooks.fanOut();
      deliveries.kick();
      return more;
    },
    onError,
  );
  deps.wake.on('events', events.kick);

  return {
    kick: events.kick,
    /** Ends once the attempts in hand are written down. */
    async stop() {
      await events.stop();
      await deliveries.stop();
      await Promise.all(underWay);
    },
  };
}
