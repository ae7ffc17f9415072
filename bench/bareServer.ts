import Fastify from 'fastify';
import pg from 'pg';
import { z } from 'zod';
import { readConfig } from '../src/platform/config.ts';
import { zodValidator } from '../src/platform/http.ts';
import { AnalysisInputSchema } from '../src/risk/model.ts';

// The least that a durable submission can cost: the same framework, the same validation, one committed insert.

const config = readConfig();
const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 12 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), request jsonb, created_at timestamptz)',
);

const app = Fastify();
app.setValidatorCompiler(zodValidator);
app.get('/readyz', async () => ({ ok: true }));
app.post('/portfolios/:id/analyses', {
  schema: { params: z.object({ id: z.uuid() }), body: AnalysisInputSchema },
  handler: async (request, reply) => {
    const inserted = await pool.query({
      name: 'bare',
      text: 'INSERT INTO bare (request, created_at) VALUES ($1, now()) RETURNING id',
      values: [JSON.stringify(request.body)],
    });
    return reply.status(202).send({ id: inserted.rows[0].id });
  },
});
await app.listen({ port: config.port, host: config.host });
process.once('SIGTERM', () => void app.close().then(() => pool.end()));
