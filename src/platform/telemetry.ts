import { pino, type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** JSON lines on standard output; keys and secrets never reach them. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    serializers: { err: describeError },
    redact: ['req.headers.authorization', 'headers.authorization', '*.secret', '*.password', '*.key'],
  });
}

/** What a person needs of an error; drivers hang whole connections, with their settings, onto theirs. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return { name, message, code, constraint, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}

export interface Metrics {
  registry: Registry;
  requests: Histogram<'method' | 'route' | 'status'>;
  operations: Histogram<'kind' | 'outcome'>;
  /** Where the time of an operation goes. */
  phases: Histogram<'kind' | 'phase'>;
  deliveries: Counter<'outcome'>;
  queueDepth: Gauge<'queue' | 'state'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
  return {
    registry,
    requests: new Histogram({
      name: 'ballast_http_request_seconds',
      help: 'Time to answer',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers,
    }),
    operations: new Histogram({
      name: 'ballast_operation_seconds',
      help: 'Time of a job in a worker',
      labelNames: ['kind', 'outcome'],
      buckets,
      registers,
    }),
    phases: new Histogram({
      name: 'ballast_phase_seconds',
      help: 'Time of one part of a job',
      labelNames: ['kind', 'phase'],
      buckets,
      registers,
    }),
    deliveries: new Counter({
      name: 'ballast_webhook_attempts_total',
      help: 'Webhook attempts',
      labelNames: ['outcome'],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'ballast_queue_jobs',
      help: 'Jobs in the queue',
      labelNames: ['queue', 'state'],
      registers,
    }),
  };
}

/** A number that is read when somebody asks for the metrics. */
export function addGauge({ registry }: Metrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
