import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { createSender } from '../../../src/webhooks/sender.ts';

const resolvingTo =
  (addresses: LookupAddress[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(null, addresses);
const request = { url: 'https://desk.example.com/hook', headers: {}, body: '{}', timeoutMs: 5_000 };

test.each([
  [[{ address: '127.0.0.1', family: 4 }]],
  [[{ address: '169.254.169.254', family: 4 }]],
  [[{ address: '::ffff:10.0.0.1', family: 6 }]],
  [
    [
      { address: '8.8.8.8', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ],
  ],
  [[]],
])('a name that leads to %j is not called', async (addresses) => {
  const sender = createSender({ clock: systemClock, allowPrivate: false, lookup: resolvingTo(addresses) });
  await expect(sender.send(request)).rejects.toMatchObject({ reason: 'address_not_allowed' });
});

test('a name that leads to a public address is called', async () => {
  const lookup = resolvingTo([{ address: '192.0.32.8', family: 4 }]); // public; whether anybody answers from there is all one
  const sender = createSender({ clock: systemClock, allowPrivate: false, lookup });
  await expect(sender.send({ ...request, timeoutMs: 100 })).rejects.toMatchObject({
    reason: expect.not.stringMatching('address_not_allowed'),
  });
});

test('localhost is not called under another name either', async () => {
  let connections = 0;
  const server = createServer((socket) => void ((connections += 1), socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sender = createSender({ clock: systemClock, allowPrivate: false });
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0',
    '127.0.0.1.',
    '[::ffff:7f00:1]',
    'localhost',
    'localhost.',
  ]) {
    const url = `https://${host}:${port}/`;
    await expect(sender.send({ ...request, url }), url).rejects.toMatchObject({ reason: 'address_not_allowed' });
  }
  expect(connections).toBe(0);
  server.close();
});

test('a failed look-up is a failed connection', async () => {
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  const sender = createSender({ clock: systemClock, allowPrivate: false, lookup });
  await expect(sender.send(request)).rejects.toMatchObject({
    reason: 'connection_failed',
    message: 'The connection failed (ENOTFOUND)',
  });
});
