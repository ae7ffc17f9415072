import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LARGE_BODY_LIMIT } from '../platform/http.ts';
import { FLOATS, type Question } from './answer.ts';
import { ImpliedVolatilityInputSchema, PriceAnswerSchema, PriceInputSchema, PriceQuerySchema } from './model.ts';
import type { PricingPool } from './service.ts';

const FLOATS_ARE =
  'Instead of JSON the body may be `application/octet-stream`: the float64 columns one after another, little-endian, in the order of the schema, all of them; a call is 1, a put −1, any other word its place in its list, from 0. The answer then is float64 columns too, in the order above, and one more: 0, or the place of the error code in its list, from 1.';

/** Bodies are handed on as bytes: a worker thread reads them, prices, and writes the answer. */
export function pricingRoutes(pool: PricingPool) {
  return async (fastify: FastifyInstance): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser(['application/json', FLOATS], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    fastify.setValidatorCompiler(() => (value: unknown) => ({ value }));

    const handler =
      (operation: Question['operation']) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const { model, units, outputs } = request.query as Record<string, string | undefined>;
        const contentType = request.headers['content-type'] ?? '';
        const body = (request.body ?? Buffer.alloc(0)) as Buffer;
        const answered = await pool.answer({ operation, contentType, body, model, units, outputs });
        return reply.type(answered.contentType).send(Buffer.from(answered.body.buffer));
      };

    fastify.post('/v1/price', {
      bodyLimit: LARGE_BODY_LIMIT,
      config: { scope: 'analyses:read', computes: true, bytes: true },
      schema: {
        operationId: 'priceOptions',
        tags: ['Pricing'],
        summary: 'Price options, with their Greeks',
        description: `Up to 100,000 options a call, in columns (an array each, or one value for every row) or rows; of American options with tier \`high\` at most 10,000. Each row fails alone: its numbers are null, and \`errors\` tells why. ${FLOATS_ARE}`,
        querystring: PriceQuerySchema,
        body: PriceInputSchema,
        response: { 200: PriceAnswerSchema },
      },
      handler: handler('price'),
    });

    fastify.post('/v1/implied-volatility', {
      bodyLimit: LARGE_BODY_LIMIT,
      config: { scope: 'analyses:read', computes: true, bytes: true },
      schema: {
        operationId: 'solveImpliedVolatility',
        tags: ['Pricing'],
        summary: 'Solve the volatility that gives a price',
        description: `To the precision of the price's time value. Up to 100,000 options a call; each row fails alone. ${FLOATS_ARE}`,
        body: ImpliedVolatilityInputSchema,
        response: { 200: PriceAnswerSchema },
      },
      handler: handler('implied_volatility'),
    });
  };
}
