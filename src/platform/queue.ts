import {
  createPostgresBackend,
  FlowProducer,
  Queue,
  Worker,
  type ConnectionOptions,
  type JobsOptions,
  type WorkerOptions,
} from 'bullmq';
import { z } from 'zod';

/** What a job carries: names, never data. The rows hold the truth. */
export const JobSchema = z.object({ tenantId: z.uuid(), subject: z.uuid() });
export type Job = z.infer<typeof JobSchema>;

export type JobHandler = (job: Job, last: boolean) => Promise<void>;

/** A job of a named queue. */
export interface QueuedJob {
  queue: string;
  id: string;
  job: Job;
}

/** Carries work from the dispatcher to the workers, at least once. Handlers must bear being called twice. */
export interface JobQueue {
  /** Adding an id twice adds one job. */
  add(queue: string, jobs: { id: string; job: Job }[]): Promise<void>;
  /** Adds jobs and one that is taken up when all of them have ended, however they did. Adding ids twice adds them once. */
  addFlow(parent: QueuedJob, children: QueuedJob[]): Promise<void>;
  /** Starts taking jobs. `last` tells the handler that the job will not be tried again. */
  work(queue: string, concurrency: number, handler: JobHandler): void;
  /** How many jobs wait and run. Throws when the queue cannot be reached. */
  depth(queue: string): Promise<{ waiting: number; active: number }>;
  /** Lets running jobs finish, then takes no more. */
  stopWorkers(): Promise<void>;
  close(): Promise<void>;
}

const ATTEMPTS = 5;
/** A worker that dies is noticed when its lock has run out; nothing that we run holds the event loop for so long. */
const LOCKS = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 10 };
const JOB_OPTIONS: JobsOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: true,
  removeOnFail: { age: 24 * 3600, count: 1_000 },
};

/** BullMQ on Redis where a Redis is given, else on its PostgreSQL backend. */
export function openJobQueue(
  urls: { database: string; redis: string | undefined },
  onError: (error: Error) => void,
): JobQueue {
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  let flows: FlowProducer | undefined;
  const build = urls.redis ? redisParts(urls.redis) : postgresParts(urls.database);

  const queueOf = (name: string): Queue => {
    const existing = queues.get(name);
    if (existing) return existing;
    const queue = build.queue(name);
    queue.on('error', onError);
    queues.set(name, queue);
    return queue;
  };

  const flowsOf = (): FlowProducer => {
    if (flows) return flows;
    flows = build.flows();
    flows.on('error', onError);
    return flows;
  };

  const stopWorkers = async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
  };

  return {
    async add(name, jobs) {
      await queueOf(name).addBulk(
        jobs.map(({ id, job }) => ({ name, data: job, opts: { ...JOB_OPTIONS, jobId: `outbox-${id}` } })),
      );
    },
    async addFlow(parent, children) {
      const node = ({ queue, id, job }: QueuedJob, extra: JobsOptions = {}) => ({
        ...{ name: queue, queueName: queue, data: job },
        opts: { ...JOB_OPTIONS, ...extra, jobId: `outbox-${id}` },
      });
      await flowsOf().add({
        ...node(parent),
        children: children.map((child) => node(child, { ignoreDependencyOnFailure: true })),
      });
    },
    work(name, concurrency, handler) {
      const worker = build.worker(
        name,
        async (job) => handler(JobSchema.parse(job.data), job.attemptsMade + 1 >= ATTEMPTS),
        { concurrency, ...LOCKS },
      );
      worker.on('error', onError);
      workers.push(worker);
    },
    async depth(name) {
      const counts = await queueOf(name).getJobCounts('waiting', 'delayed', 'active');
      return { waiting: (counts['waiting'] ?? 0) + (counts['delayed'] ?? 0), active: counts['active'] ?? 0 };
    },
    stopWorkers,
    async close() {
      await stopWorkers();
      await Promise.all([...queues.values(), ...(flows ? [flows] : [])].map((each) => each.close()));
    },
  };
}

interface Parts {
  queue(name: string): Queue;
  flows(): FlowProducer;
  worker(
    name: string,
    run: (job: { data: unknown; attemptsMade: number }) => Promise<void>,
    options: { concurrency: number } & typeof LOCKS,
  ): Worker;
}

function redisParts(url: string): Parts {
  // One hash tag, so that all keys of all queues live on one slot of a Redis Cluster.
  const prefix = '{ballast}';
  const connection = (extra: object): ConnectionOptions => ({ url, ...extra }) as ConnectionOptions;
  return {
    // A producer fails fast: the outbox row stays and is tried again.
    queue: (name) =>
      new Queue(name, { connection: connection({ enableOfflineQueue: false, maxRetriesPerRequest: 1 }), prefix }),
    flows: () =>
      new FlowProducer({ connection: connection({ enableOfflineQueue: false, maxRetriesPerRequest: 1 }), prefix }),
    worker: (name, run, options) =>
      new Worker(name, run, {
        connection: connection({ maxRetriesPerRequest: null }),
        prefix,
        ...options,
      } as WorkerOptions),
  };
}

function postgresParts(url: string): Parts {
  const connection = { connectionString: url, schema: 'bullmq', max: 4, application_name: 'ballast-queue' };
  return {
    queue: (name) => new Queue(name, { connection } as never, createPostgresBackend as never),
    flows: () => new FlowProducer({ connection } as never, createPostgresBackend as never),
    worker: (name, run, options) =>
      new Worker(name, run, { connection, ...options } as never, createPostgresBackend as never),
  };
}
