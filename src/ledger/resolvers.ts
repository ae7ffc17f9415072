import { field, input, orNull, withoutNulls, type Resolvers } from '../platform/graphqlResolvers.ts';
import { ledgerQuery } from './model.ts';
import type { Ledgers } from './service.ts';

export function ledgerResolvers(ledger: Ledgers): Resolvers {
  return {
    Query: {
      ledger: field<{ portfolioId: string }>('portfolios:read', ({ portfolioId, ...period }, { principal }) =>
        orNull(portfolioId, (id) => ledger.report(principal.tenantId, id, input(ledgerQuery, withoutNulls(period)))),
      ),
    },
  };
}
