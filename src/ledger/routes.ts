import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { idParams } from '../platform/http.ts';
import { ledgerQuery, LedgerSchema } from './model.ts';
import type { Ledgers } from './service.ts';

export function ledgerRoutes(ledger: Ledgers) {
  return async (fastify: FastifyInstance): Promise<void> => {
    const app = fastify.withTypeProvider<ZodTypeProvider>();

    app.get('/v1/portfolios/:id/ledger', {
      config: { scope: 'portfolios:read' },
      schema: {
        operationId: 'getLedger',
        tags: ['Portfolios'],
        summary: 'Tell what a book earned and what its hedging cost, between two market snapshots',
        description:
          'The book is marked at both snapshots and wherever it changed in between. A version takes effect at the last mark up to its `asOf`. Everything adds up to the last digit: net is the sum of its parts, and the profit of the options that of its explanation.',
        params: idParams,
        querystring: ledgerQuery,
        response: { 200: LedgerSchema },
      },
      handler: (request) => ledger.report(request.principal.tenantId, request.params.id, request.query),
    });
  };
}
