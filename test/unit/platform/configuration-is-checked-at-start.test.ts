import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../src/platform/config.ts';

const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');
const SERVER = { DATABASE_URL: 'postgres://u:p@db/x', BALLAST_SECRET_KEY: SECRET_KEY };

describe('with nothing set', () => {
  test('it is one embedded process with every role', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataDir: '.ballast',
      roles: ['api', 'worker', 'dispatcher'],
      databaseUrl: undefined,
      redisUrl: undefined,
      venuesFile: undefined,
      webhookAllowPrivate: false,
      logLevel: 'info',
    });
  });

  test('an empty variable is one that is not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: undefined });
  });
});

test('roles are read in any order, and "all" is all of them', () => {
  expect(readConfig({ ...SERVER, BALLAST_ROLES: 'dispatcher, api' }).roles).toEqual(['api', 'dispatcher']);
  expect(readConfig({ ...SERVER, BALLAST_ROLES: 'all' }).roles).toEqual(['api', 'worker', 'dispatcher']);
});

test.each([
  ['PORT', { PORT: '70000' }],
  ['PORT', { PORT: 'http' }],
  ['BALLAST_BOOTSTRAP_KEY', { BALLAST_BOOTSTRAP_KEY: 'hunter2hunter2' }],
  ['DATABASE_URL', { ...SERVER, DATABASE_URL: 'mysql://hunter2@db' }],
  ['REDIS_URL', { ...SERVER, REDIS_URL: 'http://hunter2@redis' }],
  ['DATABASE_URL', { REDIS_URL: 'redis://redis' }],
  ['BALLAST_ROLES', { ...SERVER, BALLAST_ROLES: 'api,hunter2' }],
  ['BALLAST_ROLES', { BALLAST_ROLES: 'worker' }],
  ['BALLAST_SECRET_KEY', { DATABASE_URL: 'postgres://u:p@db/x' }],
  ['BALLAST_SECRET_KEY', { ...SERVER, BALLAST_SECRET_KEY: 'aHVudGVyMg==' }],
  ['BALLAST_WEBHOOK_ALLOW_PRIVATE', { BALLAST_WEBHOOK_ALLOW_PRIVATE: 'perhaps' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
])('a faulty %s is named, its value is not', (variable, environment) => {
  expect(() => readConfig(environment)).toThrow(ConfigError);
  expect(() => readConfig(environment)).toThrow(new RegExp(`^Ballast cannot start[^]*  ${variable}: `));
  expect(() => readConfig(environment)).not.toThrow(/hunter2/);
});

test('every fault is told at once', () => {
  expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT: [^]*LOG_LEVEL: /);
});
