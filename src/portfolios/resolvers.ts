import { z } from 'zod';
import {
  byId,
  connection,
  creationId,
  existingId,
  expectedVersion,
  field,
  input,
  orNull,
  pageArguments,
  toMany,
  withoutNulls,
  type ListKey,
  type Resolvers,
  type VersionArguments,
} from '../platform/graphqlResolvers.ts';
import {
  BookInputSchema,
  PortfolioInputSchema,
  PositionChangeSchema,
  positionId,
  type Portfolio,
  type Position,
} from './model.ts';
import type { Portfolios } from './service.ts';

const READ = 'portfolios:read';
const WRITE = 'portfolios:write';

/** Any text may be the id of a position. */
const byPositionId: ListKey<Position> = { of: ({ id }) => id, isValid: () => true };

interface Change extends VersionArguments {
  portfolioId: string;
}

interface GivenPosition {
  instrument: { symbol?: string; terms?: object };
}

export function portfolioResolvers(portfolios: Portfolios): Resolvers {
  return {
    Query: {
      portfolio: field<{ id: string; version?: number | null }>(READ, ({ id, version }, { principal }) =>
        orNull(id, (given) => portfolios.get(principal.tenantId, given, version ?? undefined)),
      ),
      portfolios: field(READ, async (args, { principal }) =>
        connection(await portfolios.list(principal.tenantId, pageArguments(args, byId)), byId),
      ),
    },
    Portfolio: {
      positions: toMany<Portfolio, Position>(READ, portfolios.positionPages, byPositionId),
    },
    Mutation: {
      createPortfolio: field<{ id?: string; input: { positions: GivenPosition[] } }>(WRITE, (args, context) =>
        portfolios.create(
          context.principal.tenantId,
          creationId(args.id, context),
          input(PortfolioInputSchema, book(args.input)),
        ),
      ),
      replacePositions: field<Change & { input: { positions: GivenPosition[] } }>(WRITE, (args, { principal }) =>
        portfolios.replace(
          principal.tenantId,
          existingId('portfolio', args.portfolioId),
          expectedVersion(args),
          input(BookInputSchema, book(args.input)),
        ),
      ),
      putPosition: field<Change & { positionId: string; input: GivenPosition }>(WRITE, (args, { principal }) =>
        portfolios.putPosition(
          principal.tenantId,
          existingId('portfolio', args.portfolioId),
          expectedVersion(args),
          named(args),
          input(PositionChangeSchema, position(args.input)),
        ),
      ),
      deletePosition: field<Change & { positionId: string }>(WRITE, (args, { principal }) =>
        portfolios.deletePosition(
          principal.tenantId,
          existingId('portfolio', args.portfolioId),
          expectedVersion(args),
          named(args),
        ),
      ),
    },
  };
}

function named(args: { positionId: string }): string {
  return input(z.object({ positionId }), { positionId: args.positionId }).positionId;
}

/** As REST takes it: an instrument is its symbol or its terms. */
function position(given: GivenPosition): object {
  return {
    ...(withoutNulls(given) as object),
    instrument: withoutNulls(given.instrument.symbol ?? given.instrument.terms),
  };
}

function book(given: { positions: GivenPosition[] }): object {
  return { ...(withoutNulls(given) as object), positions: given.positions.map(position) };
}
