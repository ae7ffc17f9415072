import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCipher } from '../../../src/platform/cipher.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemIds } from '../../../src/platform/ids.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { textToSign } from './chainHedge.ts';

const chain = (name: string, chainId: number) => ({
  ...{ name, chainId, rpcUrl: 'http://127.0.0.1:1', tokens: {}, contracts: {} }, // nobody asks it
});

describe('an account on a chain', () => {
  const key = generatePrivateKey();
  const owner = privateKeyToAccount(key);
  const stranger = privateKeyToAccount(generatePrivateKey());
  let folder: string;
  let app: TestApp;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ballast-venues-'));
    const venuesFile = join(folder, 'venues.json');
    await writeFile(venuesFile, JSON.stringify({ chains: [chain('one', 1), chain('ten', 10)] }));
    app = await startTestApp({}, { venuesFile });
  });
  afterAll(async () => {
    await app.stop();
    await rm(folder, { recursive: true });
  });

  const ask = (more: object, apiKey?: string) => {
    const credentials = { venue: 'onchain', chain: 'one', address: owner.address, ...more };
    return app.api(apiKey).post('/v1/venue-accounts').send({ name: 'desk', credentials });
  };
  const asked = async (more: object = {}, apiKey?: string) => textToSign((await ask(more, apiKey).expect(422)).body);
  const refused = async (more: object, apiKey?: string) => {
    const { body } = await ask(more, apiKey).expect(422);
    return body.errors as { pointer: string; code: string; detail: string }[];
  };

  it.each([{ kind: 'client' }, { kind: 'remote', url: 'https://signer.example.com' }])(
    'whose key is elsewhere ($kind) is told what to sign, and is there once that is signed',
    async (signer) => {
      expect(await refused({ signer })).toMatchObject([{ pointer: '/credentials/proof', code: 'missing' }]);
      const message = await asked({ signer });
      expect(message).toContain(owner.address);
      const proof = await owner.signMessage({ message });
      const { body } = await ask({ signer, proof }).expect(201);
      expect(body).toMatchObject({ address: owner.address, signer: signer.kind });
    },
  );

  it('is the same for an address that is written without its checksum', async () => {
    const proof = await owner.signMessage({ message: await asked() });
    await ask({ address: owner.address.toLowerCase(), proof }).expect(201);
  });

  it('is refused with the signature of another, with that of another text, and with one that is none', async () => {
    const message = await asked();
    const wrong = [
      await stranger.signMessage({ message }),
      await owner.signMessage({ message: `${message} ` }),
      `0x${'f'.repeat(130)}`,
    ];
    for (const proof of wrong) {
      expect(await refused({ proof })).toMatchObject([{ pointer: '/credentials/proof', code: 'wrong_signature' }]);
      expect(await asked({ proof })).toBe(message);
    }
    expect(await refused({ proof: '0x12' })).toMatchObject([{ pointer: '/credentials/proof' }]);
  });

  it('is refused with what was signed for another tenant, and for another chain', async () => {
    const proof = await owner.signMessage({ message: await asked() });
    expect(await refused({ proof, chain: 'ten' })).toMatchObject([{ code: 'wrong_signature' }]);
    expect(await refused({ proof }, await app.otherTenant())).toMatchObject([{ code: 'wrong_signature' }]);
  });

  it('whose key is here needs no more than the key, which has to be that of the address', async () => {
    await ask({ signer: { kind: 'local', privateKey: key } }).expect(201);
    for (const privateKey of [generatePrivateKey(), `0x${'0'.repeat(64)}`]) {
      const faults = await refused({ signer: { kind: 'local', privateKey } });
      expect(faults).toMatchObject([{ pointer: '/credentials/signer/privateKey', code: 'wrong_key' }]);
      expect(JSON.stringify(faults)).not.toContain(privateKey.slice(2));
    }
  });

  it('does not keep the proof', async () => {
    const proof = await owner.signMessage({ message: await asked() });
    const { body } = await ask({ proof }).expect(201);
    const client = new pg.Client({ connectionString: app.config.databaseUrl });
    await client.connect();
    const { rows } = await client.query('SELECT sealed FROM venue_account WHERE id = $1', [body.id]);
    await client.end();
    const kept = createCipher(app.config.secretKey!, systemIds(systemClock)).open(
      (rows[0] as { sealed: Buffer }).sealed,
    );
    expect(kept).toContain(owner.address);
    expect(kept).not.toContain('proof');
  });
});
