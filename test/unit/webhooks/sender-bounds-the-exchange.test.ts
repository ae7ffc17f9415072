import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createSender } from '../../../src/webhooks/sender.ts';
import { startReceiver } from './receiver.ts';

const sender = createSender({ clock: systemClock, allowPrivate: true });
const send = (url: string, timeoutMs: number) => sender.send({ url, headers: {}, body: '{}', timeoutMs });

test('an endless answer is cut off', async () => {
  let written = 0;
  let closed: Promise<unknown> = Promise.resolve();
  const receiver = await startReceiver((_request, response) => {
    closed = once(response, 'close');
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000))) written += 10_000;
    };
    response.on('drain', more);
    more();
  });
  expect(await send(receiver.url, 5_000)).toEqual({ status: 200, body: 'x'.repeat(2_000) });
  await closed;
  expect(written).toBeLessThan(20_000_000);
  await receiver.close();
});

test('an answer that drips is cut off at the deadline, and its status stands', async () => {
  const receiver = await startReceiver((_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  const started = performance.now();
  const answer = await send(receiver.url, 300);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatch(/^x+$/);
  expect(performance.now() - started).toBeLessThan(2_000);
  await receiver.close();
});

test('a connection that breaks off is a failure', async () => {
  const receiver = await startReceiver((request) => request.socket.destroy());
  await expect(send(receiver.url, 5_000)).rejects.toMatchObject({ reason: 'connection_failed' });
  await receiver.close();
});

test('a port where nobody listens is a failure', async () => {
  const receiver = await startReceiver(() => undefined);
  await receiver.close();
  await expect(send(receiver.url, 5_000)).rejects.toMatchObject({
    reason: 'connection_failed',
    message: 'The connection failed (ECONNREFUSED)',
  });
});

test('every request has a connection of its own, so that its address is checked', async () => {
  const ports = new Set<number | undefined>();
  const receiver = await startReceiver((request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  for (let i = 0; i < 3; i++) await send(receiver.url, 5_000);
  expect(ports.size).toBe(3);
  await receiver.close();
});

test('no proxy is taken from the environment', async () => {
  process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:9';
  const receiver = await startReceiver((_request, response) => void response.end('direct'));
  expect(await send(receiver.url, 5_000)).toEqual({ status: 200, body: 'direct' });
  delete process.env['HTTP_PROXY'];
  delete process.env['http_proxy'];
  await receiver.close();
});
