import type { Clock } from '../platform/clock.ts';
import { urlFault } from './guard.ts';
import { SendFailure, type WebhookRequest, type WebhookSender } from './ports.ts';
import { retryAfterSeconds, startOf } from './sender.ts';

/** What a receiver does with a request. */
export interface ReceiverReply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  /** Answers only after so long. */
  afterMs?: number;
}

/** A sender with the receivers inside: nothing leaves the process, and waiting takes no time. */
export function createFakeSender(
  options: { clock: Clock; allowPrivate: boolean },
  receive: (request: WebhookRequest) => ReceiverReply | Promise<ReceiverReply>,
): WebhookSender {
  return {
    async send(request) {
      const fault = urlFault(request.url, options.allowPrivate);
      if (fault) throw new SendFailure('address_not_allowed', `The URL ${fault}`);
      const reply = await receive(request);
      if ((reply.afterMs ?? 0) > request.timeoutMs) throw new SendFailure('timeout', 'No answer in time');
      const retryAfter = retryAfterSeconds(reply.headers?.['retry-after'], options.clock.now());
      return {
        status: reply.status,
        ...(retryAfter === undefined ? {} : { retryAfter }),
        body: startOf(reply.body ?? ''),
      };
    },
  };
}
