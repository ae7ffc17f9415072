import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ballast contract '));
  file = join(folder, 'openapi.yaml');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The exit code, and what was said to the person. */
function command(...args: string[]): Promise<{ code: number; said: string }> {
  return new Promise((ended) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'openapi', ...args], (error, _stdout, stderr) =>
      ended({ code: typeof error?.code === 'number' ? error.code : 0, said: stderr }),
    );
  });
}

test('the command writes the contract and tells when a file differs from it', { timeout: 60_000 }, async () => {
  expect(await command('--write', '--file', file)).toEqual({ code: 0, said: '' });
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^openapi: 3\.1\.0\n/);
  const lines = text.split('\n');
  await writeFile(file, lines.with(9, `${lines[9]} and more`).join('\n'));
  // As npm run passes it on; the file stays as it is.
  const checked = await command('--write', '--check', '--file', file);
  expect(checked).toMatchObject({ code: 1, said: expect.stringContaining('at line 10') });
  expect(await readFile(file, 'utf8')).not.toBe(text);
  expect(await command('--chekc')).toMatchObject({ code: 2 });
});
