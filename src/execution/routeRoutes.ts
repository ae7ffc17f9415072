import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { BODY_LIMIT } from '../platform/http.ts';
import { RouteInputSchema, RouteSchema } from './routeModel.ts';
import { solveRoute } from './routeSolve.ts';

export function routeRoutes() {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.post('/v1/routes/solve', {
      bodyLimit: 4 * BODY_LIMIT,
      config: { scope: 'execution:read', computes: true },
      schema: {
        operationId: 'solveRoute',
        tags: ['Execution'],
        summary: 'Split an amount over pools and order books',
        description:
          'A what-if on pools given here: nothing is looked up and nothing is sent. Pays in all of `amountIn` where it buys most: at the same marginal price wherever a pool is used, fees included, and leaving out pools that are not worth their fixed cost. 422 with `exceeds_capacity` when the pools cannot take the amount together.',
        body: RouteInputSchema,
        response: { 200: RouteSchema },
      },
      handler: async (request) => solveRoute(request.body),
    });
  };
}
