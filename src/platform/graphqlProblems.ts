// By its file: bundlers resolve the bare name to another copy than the one that mercurius has, and the two do not mix.
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql/index.js';
import { problemOf } from './http.ts';
import { Problem } from './problem.ts';

/** What the log of a request, or of the app, is needed for here. */
export interface ErrorLog {
  error(fields: object, message: string): void;
}

/** Any error as GraphQL tells it, with the codes of REST. What is not a `Problem` is logged and tells nothing. */
export function graphqlError(error: unknown, log: ErrorLog): GraphQLError {
  const problem = problemBehind(error);
  if (problem.code === 'internal') log.error({ err: innermost(error) }, 'unexpected error');
  const { code, status, type, errors } = problem.details();
  const extensions = { code, status, type, ...(errors ? { errors } : {}) };
  if (!(error instanceof GraphQLError)) return new GraphQLError(problem.message, { extensions });
  const { nodes, source, positions, path } = error;
  return new GraphQLError(problem.message, { nodes, source, positions, path, extensions });
}

/** The errors that a request was refused with: one, or those that validation gathered. */
export function requestErrors(error: Error, log: ErrorLog): { status: number; errors: GraphQLFormattedError[] } {
  const gathered = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error];
  return {
    status: problemBehind(gathered[0]).status,
    errors: gathered.map((each) => graphqlError(each, log).toJSON()),
  };
}

export function problemBehind(error: unknown): Problem {
  const inner = innermost(error);
  if (!(inner instanceof GraphQLError)) return problemOf(inner);
  if (inner.message.endsWith('tokens. Parsing aborted.')) return new Problem('query_too_complex', inner.message);
  // Of the rule that compares fields of one name with each other, which bounds its own work.
  if (inner.message === 'Validation aborted.')
    return new Problem('query_too_complex', 'The query repeats too many fields');
  if (isClients(error, inner)) return new Problem('invalid_request', inner.message);
  return problemOf(inner);
}

/**
 * Of GraphQL's own errors those without a path are about the request. With one, they are the client's where they point
 * at an argument; else an answer of ours could not be written as its type.
 */
function isClients(outer: unknown, inner: GraphQLError): boolean {
  if (!(outer instanceof GraphQLError) || outer.path === undefined) return true;
  return inner !== outer && (inner.nodes ?? []).some((node) => node.kind !== Kind.FIELD);
}

function innermost(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? innermost(error.originalError) : error;
}
