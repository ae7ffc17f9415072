import closeWithGrace from 'close-with-grace';
import { startBallast } from './app.ts';
import { ConfigError, readConfig, type Config } from './platform/config.ts';
import { EmbeddedPostgresError } from './platform/embeddedPostgres.ts';
import { createLogger } from './platform/telemetry.ts';

/** How long a stop waits for the jobs in hand before it leaves them to another worker. */
const GRACE_MS = 30_000;

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLogger(config.logLevel);
  const ballast = await startBallast(config, log);
  closeWithGrace({ delay: GRACE_MS, logger: log }, async ({ err, signal }) => {
    if (err) log.error({ err }, 'stopping after an error');
    else log.info({ signal }, 'stopping');
    await ballast.stop();
  });
  if (config.roles.includes('api')) announce(await ballast.listen(), ballast.newAdminKey, config);
  else log.info({ roles: config.roles }, 'started');
}

function announce(address: string, newAdminKey: string | undefined, config: Config): void {
  const lines = [
    `Ballast listens on ${address}`,
    `  API and docs   ${address}/docs`,
    `  GraphiQL       ${address}/graphiql`,
    `  storage        ${config.databaseUrl ? 'PostgreSQL at DATABASE_URL' : `embedded PostgreSQL in ${config.dataDir}`}, queue on ${config.redisUrl ? 'Redis' : 'PostgreSQL'}`,
    ...(newAdminKey
      ? [`  admin key      ${newAdminKey}   (shown this once; send it as "Authorization: Bearer …")`]
      : []),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof EmbeddedPostgresError;
  process.stderr.write(`${expected ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = 1;
});
