import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, openTarget, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => void (stage = await openStage()));
afterAll(() => stage.drop());

test.each([
  'http://desk.example.com/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0/',
  'https://[::ffff:7f00:1]/',
  'https://127.0.0.1./',
  'https://localhost/',
  'https://localhost./',
  'https://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/',
  'https://192.168.1.1/',
  'https://[fc00::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'https://user:secret@desk.example.com/',
  'not a URL',
])('no endpoint is created at %s', async (url) => {
  const tenantId = await stage.tenant();
  const created = stage
    .process({ allowPrivate: false })
    .createEndpoint(tenantId, stage.ids.next(), { url, description: '', eventTypes: [] });
  await expect(created).rejects.toMatchObject({
    code: 'validation_failed',
    faults: [{ pointer: '/url', code: 'url_not_allowed' }],
  });
});

test('an endpoint from the time when private addresses were allowed is not called, and the log says why', async () => {
  const target = await openTarget({ status: 204 });
  const tenantId = await stage.tenant();
  const port = new URL(target.url).port;
  const endpoints = [
    await stage.create(tenantId, target.url),
    await stage.create(tenantId, `http://localhost:${port}/`),
  ];
  await stage.publish(tenantId, 'execution.completed');
  await stage.fanOutAll();
  await stage.process({ allowPrivate: false }).deliverDue();
  expect(target.messages).toHaveLength(0);
  for (const endpoint of endpoints) {
    const { log, status } = await stage.only(tenantId, endpoint.id);
    expect(status).toBe('pending');
    expect(log).toMatchObject([{ statusCode: null, error: expect.stringMatching(/^address_not_allowed: /) }]);
  }
});
