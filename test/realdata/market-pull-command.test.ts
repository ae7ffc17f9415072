import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MarketSnapshotInputSchema } from '../../src/market/model.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '../shared/data/deribit/raw_api');
const present = existsSync(FOLDER);

function ballast(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], { cwd: ROOT, encoding: 'utf8' });
}

describe.skipIf(!present)('ballast market pull', { timeout: 30_000 }, () => {
  it('writes a snapshot to standard output', () => {
    const { status, stdout, stderr } = ballast('market', 'pull', '--venue', 'deribit', '--from', FOLDER);
    expect(status).toBe(0);
    expect(MarketSnapshotInputSchema.parse(JSON.parse(stdout)).underlyings[0]?.spot.mark).toBe(76735.99);
    expect(stderr).toMatch(/BTC\/USD 76735.99, 12 forwards, 3 volatilities/);
  });

  it('writes it to a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ballast pull '));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { status, stdout } = ballast(
      'market',
      'pull',
      '--from',
      FOLDER,
      '--currency',
      'BTC',
      '--out',
      join(folder, 'm.json'),
    );
    expect([status, stdout]).toEqual([0, '']);
    expect(MarketSnapshotInputSchema.safeParse(JSON.parse(readFileSync(join(folder, 'm.json'), 'utf8'))).success).toBe(
      true,
    );
  });

  it('fails with a sentence where there is nothing to read', () => {
    for (const [args, sentence] of [
      [['--from', FOLDER, '--currency', 'ETH'], /^Deribit lists nothing in ETH\n$/],
      [['--from', '/nowhere'], /^The folder \/nowhere cannot be read/],
      [['--from', join(ROOT, 'migrations')], /has no book summary of Deribit/],
    ] as const) {
      const { status, stderr } = ballast('market', 'pull', ...args);
      expect([status, stderr]).toEqual([1, expect.stringMatching(sentence)]);
    }
  });
});

describe('ballast', { timeout: 30_000 }, () => {
  it.each([
    [['market', 'pull', '--speed', '9'], /Unknown option '--speed'[\s\S]*Usage: ballast market pull/],
    [['market', 'pull', '--venue', 'okx'], /there is no "okx"[\s\S]*Usage/],
    [['market', 'pull', '--currency', 'btc'], /codes such as BTC,ETH/],
    [['market', 'push'], /no command "market push"[\s\S]*Usage/],
  ])('%j is not understood, and the usage shown', (args, message) => {
    const { status, stderr } = ballast(...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('explains a command', () => {
    const { status, stdout } = ballast('market', 'pull', '--help');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/--from/)]);
  });
});
