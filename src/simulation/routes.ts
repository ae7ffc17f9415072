import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { accepted, idParams } from '../platform/http.ts';
import { idPageRequest, pageQuery, pageSchema } from '../platform/pagination.ts';
import { histogramsCsv, strategiesCsv } from './csv.ts';
import { BacktestInputSchema } from './model.ts';
import { BacktestSchema, type BacktestResult } from './resultModel.ts';
import type { Simulation } from './service.ts';

interface File {
  path: string;
  operationId: string;
  summary: string;
  type: string;
  write(simulation: Simulation, result: BacktestResult): Promise<string>;
}

const svg = { type: 'image/svg+xml' };
const csv = { type: 'text/csv' };

const FILES: File[] = [
  {
    ...{ path: 'frontier.svg', operationId: 'getBacktestFrontierPlot', ...svg },
    summary: 'Plot the cost of every strategy against the risk that it leaves',
    write: (simulation, result) => simulation.plot('frontier', result),
  },
  {
    ...{ path: 'histograms.svg', operationId: 'getBacktestHistogramPlot', ...svg },
    summary: 'Plot how the profits of every strategy are distributed',
    write: (simulation, result) => simulation.plot('histograms', result),
  },
  {
    ...{ path: 'strategies.csv', operationId: 'getBacktestStrategiesCsv', ...csv },
    summary: 'The numbers of every strategy, one row each',
    write: async (_simulation, result) => strategiesCsv(result),
  },
  {
    ...{ path: 'histograms.csv', operationId: 'getBacktestHistogramsCsv', ...csv },
    summary: 'The histograms of the profits, one row a bin',
    write: async (_simulation, result) => histogramsCsv(result),
  },
];

export function simulationRoutes(simulation: Simulation) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/backtests', {
      config: { scope: 'hedging:write', answerHeaders: ['location', 'retry-after'] },
      schema: {
        operationId: 'createBacktest',
        tags: ['Backtests'],
        summary: 'Queue a backtest of hedge policies',
        description:
          'Accounts start with the book traded at the model; costs are paid on every trade, the first and the final liquidation included; decisions fall on the monitoring grid, the start included and the horizon not. The paths are cut into shards that run as jobs of their own, and the numbers do not depend on how many workers there are. Poll the Location, watch the event stream, or wait for the webhook `backtest.completed`.',
        body: BacktestInputSchema,
        response: { 202: BacktestSchema },
      },
      handler: async (request, reply) => {
        const backtest = await simulation.submit(request.principal.tenantId, request.resourceId, request.body);
        return accepted(reply, `/v1/backtests/${backtest.id}`).send(backtest);
      },
    });

    app.get('/v1/backtests', {
      config: { scope: 'hedging:read' },
      schema: {
        operationId: 'listBacktests',
        tags: ['Backtests'],
        summary: 'List backtests, newest first',
        querystring: pageQuery,
        response: { 200: pageSchema('BacktestPage', BacktestSchema) },
      },
      handler: (request) => simulation.list(request.principal.tenantId, idPageRequest(request.query)),
    });

    app.get('/v1/backtests/:id', {
      config: { scope: 'hedging:read' },
      schema: {
        operationId: 'getBacktest',
        tags: ['Backtests'],
        summary: 'Get a backtest: progress, and the numbers of every strategy once it has succeeded',
        params: idParams,
        response: { 200: BacktestSchema },
      },
      handler: (request) => simulation.get(request.principal.tenantId, request.params.id),
    });

    for (const { path, operationId, summary, type, write } of FILES) {
      app.get(`/v1/backtests/:id/${path}`, {
        config: { scope: 'hedging:read' },
        schema: {
          ...{ operationId, tags: ['Backtests'], summary, params: idParams },
          response: { 200: { description: summary, content: { [type]: { schema: z.string() } } } },
        },
        handler: async (request, reply) => {
          const { result } = await simulation.result(request.principal.tenantId, request.params.id);
          return reply.type(`${type}; charset=utf-8`).send((await write(simulation, result)) as never);
        },
      });
    }
  };
}
