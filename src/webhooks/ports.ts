/** One POST to an endpoint. */
export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The whole exchange, from the look-up of the name to the end of the answer, takes no longer. */
  timeoutMs: number;
}

export interface WebhookAnswer {
  status: number;
  /** Seconds, where the answer had a Retry-After that makes sense. */
  retryAfter?: number;
  /** The start of the answer, for people. */
  body: string;
}

export interface WebhookSender {
  /** Resolves with whatever was answered, redirects included; rejects with a `SendFailure` when nothing was. */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}

export type SendFailureReason = 'timeout' | 'address_not_allowed' | 'connection_failed';

/** No answer came. The message is shown to the owner of the endpoint, so it tells nothing about our network. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly reason: SendFailureReason;

  constructor(reason: SendFailureReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
