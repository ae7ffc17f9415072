import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';

/** More requests than this at once, and jobs stand back. */
const BUSY = 8;
/** How long a job stands back at most: under any load the queue goes on, if slowly. */
const PATIENCE_MS = 200;
const LOOK_AGAIN_MS = 10;

/**
 * In a process that serves requests and works off jobs, requests go first: a burst is written down at the speed of
 * writing it down, and is worked off after it. Answers what a job, and the dispatcher, await before they begin.
 */
export function requestsFirst(app: FastifyInstance, clock: Clock): () => Promise<void> {
  let inFlight = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.longLived || request.headers.upgrade !== undefined) return;
    inFlight += 1;
    reply.raw.once('close', () => (inFlight -= 1)); // comes once, whether answered or given up
  });
  return async () => {
    for (let waited = 0; inFlight > BUSY && waited < PATIENCE_MS; waited += LOOK_AGAIN_MS)
      await clock.sleep(LOOK_AGAIN_MS);
  };
}

/**
 * Lets callers go on a few at a time, each few in a turn of the event loop of their own: what some of them wait for from outside goes on
 * while the others compute.
 */
export function fewByFew(few: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    for (const goOn of waiting.splice(0, few)) goOn();
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
}

/** Runs work as it is handed in, `most` at a time; the rest waits in line. */
export function inLine(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // whoever ends hands its place on
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
