import { z } from 'zod';

export const ROLES = ['api', 'worker', 'dispatcher'] as const;
export type Role = (typeof ROLES)[number];

const roles = z
  .string()
  .transform((text) => text.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(['all', ...ROLES])).min(1))
  .transform((list): Role[] => (list.includes('all') ? [...ROLES] : ROLES.filter((role) => list.includes(role))));

const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });

const EnvironmentSchema = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65535).default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    BALLAST_DATA_DIR: z.string().min(1).default('.ballast'),
    BALLAST_BOOTSTRAP_KEY: z
      .string()
      .regex(/^blst_[A-Za-z0-9_-]{32,}$/, 'must start with "blst_", followed by 32 or more of A-Z a-z 0-9 _ -')
      .optional(),
    DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
    REDIS_URL: url(['redis:', 'rediss:']).optional(),
    BALLAST_ROLES: roles.default([...ROLES]),
    BALLAST_SECRET_KEY: z
      .string()
      .refine(
        (text) => Buffer.from(text, 'base64').length === 32,
        'must be 32 bytes in base64 (openssl rand -base64 32)',
      )
      .optional(),
    /** Path to a JSON file: exchanges, chains, aggregators. */
    BALLAST_VENUES: z.string().min(1).optional(),
    /** Path to a folder of recorded chains, for replay feeds. */
    BALLAST_RECORDINGS: z.string().min(1).optional(),
    BALLAST_DERIBIT_URL: url(['http:', 'https:']).default('https://www.deribit.com'),
    BALLAST_WEBHOOK_ALLOW_PRIVATE: z.stringbool().default(false),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .superRefine((env, context) => {
    const need = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (env.REDIS_URL && !env.DATABASE_URL)
      need('DATABASE_URL', 'must be set when REDIS_URL is: Redis carries work, PostgreSQL keeps the truth');
    if (env.DATABASE_URL && !env.BALLAST_SECRET_KEY)
      need('BALLAST_SECRET_KEY', 'must be set when DATABASE_URL is: every process encrypts webhook secrets with it');
    if (!env.DATABASE_URL && env.BALLAST_ROLES.length < ROLES.length)
      need('BALLAST_ROLES', 'needs DATABASE_URL: the embedded database serves one process, which takes every role');
  });

export interface Config {
  port: number;
  host: string;
  dataDir: string;
  bootstrapKey: string | undefined;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  roles: Role[];
  secretKey: Buffer | undefined;
  venuesFile: string | undefined;
  recordings: string | undefined;
  /** Whose prices Deribit feeds bring. */
  deribitUrl: string;
  webhookAllowPrivate: boolean;
  logLevel: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks the environment; throws a `ConfigError` that names every faulty variable, never its value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = EnvironmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path[0]?.toString() ?? ''}: ${issue.message}`);
    throw new ConfigError(`Ballast cannot start with this environment:\n${lines.join('\n')}`);
  }
  const env = parsed.data;
  return {
    port: env.PORT,
    host: env.HOST,
    dataDir: env.BALLAST_DATA_DIR,
    bootstrapKey: env.BALLAST_BOOTSTRAP_KEY,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    roles: env.BALLAST_ROLES,
    secretKey: env.BALLAST_SECRET_KEY ? Buffer.from(env.BALLAST_SECRET_KEY, 'base64') : undefined,
    venuesFile: env.BALLAST_VENUES,
    recordings: env.BALLAST_RECORDINGS,
    deribitUrl: env.BALLAST_DERIBIT_URL,
    webhookAllowPrivate: env.BALLAST_WEBHOOK_ALLOW_PRIVATE,
    logLevel: env.LOG_LEVEL,
  };
}

/** `PORT=` in a shell script means "unset", not "the empty string". */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
