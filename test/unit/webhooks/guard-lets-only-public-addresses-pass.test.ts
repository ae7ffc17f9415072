import { describe, expect, test } from 'vitest';
import { isPublicAddress, urlFault } from '../../../src/webhooks/guard.ts';

const PRIVATE_HOSTS = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '2130706433',
  '017700000001',
  '0x7f.1',
  '0x7f000001',
  '0',
  '①②⑦.0.0.1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'api.localhost',
  '169.254.169.254',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:7f00:1]',
  '[::ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[::ffff:0:7f00:1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[2002:7f00:1::]',
  '[2002:a00:1::]',
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b:1::a00:1]',
  '[2001:0:1::1]',
  '[2001:db8::1]',
  '[4000::1]',
];

describe('URLs', () => {
  test.each(PRIVATE_HOSTS)('https://%s/ is refused', (host) => {
    expect(urlFault(`https://${host}/`, false)).toMatch(/must/);
  });

  test.each(PRIVATE_HOSTS)('http://%s:8080/ is taken where private addresses are allowed', (host) => {
    expect(urlFault(`http://${host}:8080/`, true)).toBeUndefined();
  });

  test.each([
    'https://desk.example.com/hook?token=1',
    'https://8.8.8.8',
    'https://[2606:4700::1111]/',
    'https://desk.example.com:443/',
  ])('%s is taken', (url) => expect(urlFault(url, false)).toBeUndefined());

  test.each([
    ['http://desk.example.com/', 'must start with https://'],
    ['ftp://desk.example.com/', 'must start with https://'],
    ['https://desk.example.com:8443/', 'must use port 443'],
    ['https://desk.example.com:22/', 'must use port 443'],
    ['https://user@desk.example.com/', 'must not hold a user name or a password'],
    ['https://:secret@desk.example.com/', 'must not hold a user name or a password'],
    ['desk.example.com', 'must be a URL such as https://desk.example.com/ballast'],
    ['https://', 'must be a URL such as https://desk.example.com/ballast'],
    ['https://desk.example.com/\0', 'must be a URL such as https://desk.example.com/ballast'],
    [' https://desk.example.com/', 'must be a URL such as https://desk.example.com/ballast'],
    ['https://desk.exa\nmple.com/', 'must be a URL such as https://desk.example.com/ballast'],
    ['', 'must be a URL such as https://desk.example.com/ballast'],
  ])('%j is refused: it %s', (url, fault) => {
    expect(urlFault(url, false)).toBe(fault);
  });

  test.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'http://user:secret@127.0.0.1/'])(
    '%s is refused even then',
    (url) => {
      expect(urlFault(url, true)).toMatch(/must/);
    },
  );
});

describe('addresses that a name resolves to', () => {
  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '::1',
    '::ffff:10.0.0.1',
    '::7f00:1',
    'fe80::1%eth0',
    '64:ff9b::a00:1',
    '',
    'not an address',
  ])('%j is not public', (address) => expect(isPublicAddress(address)).toBe(false));

  test.each(['1.1.1.1', '::ffff:8.8.8.8', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
