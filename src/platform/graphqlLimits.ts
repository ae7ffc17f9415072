import {
  GraphQLError,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql/index.js';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { MAX_PAGE } from './pagination.ts';
import { Problem } from './problem.ts';

/** What one request may ask for. */
export const LIMITS = {
  bodyBytes: 100_000,
  tokens: 4_000,
  /** Levels of objects. */
  depth: 10,
  aliases: 30,
  rootFields: 10,
  /** Objects that the answer may have, lists taken at the length asked for. */
  cost: 10_000,
};

/** Lists without pages are short: underlyings, expiries, orders of a plan. So many objects are charged for one. */
const SHORT_LIST = 10;

/** Validation rules, to be used beside those of GraphQL. */
export const limitRules = [depthRule, aliasRule, rootFieldRule];

function tooComplex(message: string, node: OperationDefinitionNode | FieldNode): GraphQLError {
  return new GraphQLError(message, { nodes: node, originalError: new Problem('query_too_complex', message) });
}

/** Introspection is left out: GraphiQL asks deep, and GraphQL's own rules bound it. */
function depthRule(context: ValidationContext): ASTVisitor {
  const depth = measure(
    context,
    (field, below) => (field.selectionSet && !isIntrospection(field) ? 1 + below(field.selectionSet) : 0),
    Math.max,
  );
  return {
    OperationDefinition(node) {
      const levels = depth(node.selectionSet);
      if (levels <= LIMITS.depth) return;
      context.reportError(tooComplex(`The query is ${levels} levels deep; the limit is ${LIMITS.depth}`, node));
    },
  };
}

function rootFieldRule(context: ValidationContext): ASTVisitor {
  const count = measure(
    context,
    () => 1,
    (a, b) => a + b,
  );
  return {
    OperationDefinition(node) {
      const fields = count(node.selectionSet);
      if (fields <= LIMITS.rootFields) return;
      context.reportError(tooComplex(`The query has ${fields} root fields; the limit is ${LIMITS.rootFields}`, node));
    },
  };
}

function aliasRule(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  return {
    Field(node) {
      if (!node.alias || ++aliases !== LIMITS.aliases + 1) return;
      context.reportError(tooComplex(`The query has more than ${LIMITS.aliases} aliases`, node));
    },
  };
}

function isIntrospection(field: FieldNode): boolean {
  return field.name.value.startsWith('__');
}

/** A measure of a selection, fragments included; each fragment is measured once, and a circle counts nothing. */
function measure(
  context: ValidationContext,
  ofField: (field: FieldNode, below: (set: SelectionSetNode) => number) => number,
  combine: (a: number, b: number) => number,
): (set: SelectionSetNode) => number {
  const fragments = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    fragments.set(name, 0);
    const fragment = context.getFragment(name);
    const size = fragment ? ofSet(fragment.selectionSet) : 0;
    fragments.set(name, size);
    return size;
  };
  const ofSet = (set: SelectionSetNode): number =>
    set.selections
      .map((selection) => {
        if (selection.kind === Kind.FIELD) return ofField(selection, ofSet);
        return selection.kind === Kind.INLINE_FRAGMENT
          ? ofSet(selection.selectionSet)
          : ofFragment(selection.name.value);
      })
      .reduce((a, b) => combine(a, b), 0);
  return ofSet;
}

/** Refuses an operation whose answer could have more objects than the limit. */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): void {
  const others = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const query: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...others] };
  const cost = costOf(schema, query, variables);
  if (cost <= LIMITS.cost) return;
  throw new Problem(
    'query_too_complex',
    `The query may answer ${cost} objects; the limit is ${LIMITS.cost}. Ask for shorter pages`,
  );
}

function costOf(schema: GraphQLSchema, query: DocumentNode, variables: Record<string, unknown>): number {
  try {
    return getComplexity({ schema, query, variables, estimators: [objects] });
  } catch (error) {
    // Thrown where fragments that spread fragments unfold into more than 10,000 fields.
    const unfolds = error instanceof GraphQLError && error.message.includes('maximum allowed number of nodes');
    throw unfolds ? new Problem('query_too_complex', error.message) : error;
  }
}

const objects: ComplexityEstimator = ({ args, childComplexity, field, type }) => {
  const introspection = type.name.startsWith('__') || field.name.startsWith('__');
  if (introspection || !isCompositeType(getNamedType(field.type))) return 0;
  return 1 + weightOf(field) + childComplexity * lengthOf(field, type.name, args['first']);
};

function lengthOf(field: GraphQLField<unknown, unknown>, typeName: string, first: unknown): number {
  const paged = field.args.find(({ name }) => name === 'first');
  // A length below 1 is refused later; here it must not make anything cheaper.
  if (paged) return Math.max(1, Math.min(Number(first ?? paged.defaultValue ?? MAX_PAGE), MAX_PAGE));
  if (typeName.endsWith('Connection')) return 1; // its length was counted at the connection
  return isListType(getNullableType(field.type)) ? SHORT_LIST : 1;
}

/** The weight that the schema gives the field with @cost. */
function weightOf(field: GraphQLField<unknown, unknown>): number {
  const directive = field.astNode?.directives?.find(({ name }) => name.value === 'cost');
  const weight = directive?.arguments?.[0]?.value;
  return weight?.kind === Kind.INT ? Number(weight.value) : 0;
}
