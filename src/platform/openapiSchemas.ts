/** An OpenAPI document, as far as it is worked on. */
export type Node = Record<string, unknown>;

export interface Operation {
  operationId: string;
  parameters?: Node[];
  requestBody?: Node;
  responses: Record<string, Node>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas?: Record<string, Node> };
}

const REF = '#/components/schemas/';

/**
 * Only schemas that are used, each under one name where it has one form. The zod bridge registers each named schema
 * twice: as `X` for answers, and as `XInput` for requests, in which a field with a default may be left out.
 */
export function tidySchemas(document: Document): Document {
  const all = document.components.schemas ?? {};
  giveRequestsTheirExamples(all);
  const used = usedSchemas(document.paths, all);
  const isInput = (name: string) => name.endsWith('Input') && all[answerName(name)] !== undefined;
  // Twins are taken for the same until they, with all that they refer to, are seen to differ.
  const same = new Set([...used].filter(isInput));
  const rename = (node: unknown) => renamed(node, (name) => (same.has(name) ? answerName(name) : name));
  for (let before = -1; before !== same.size;) {
    before = same.size;
    for (const name of same) {
      const twin = answerName(name);
      if (used.has(twin) && ordered(rename(all[name])) !== ordered(rename(all[twin]))) same.delete(name);
    }
  }
  const schemas = [...used].map((name) => {
    const schema = rename(all[name]) as Node;
    // Examples are given for requests; where the answer has more fields they do not fit it.
    if (used.has(`${name}Input`) && !same.has(`${name}Input`)) delete schema['examples'];
    return [same.has(name) ? answerName(name) : name, schema];
  });
  return {
    ...document,
    paths: rename(document.paths) as Document['paths'],
    components: { ...document.components, schemas: Object.fromEntries(schemas) },
  };
}

/** zod keeps the examples of what it transforms for the answers; ours are all of requests. */
function giveRequestsTheirExamples(schemas: Record<string, Node>): void {
  for (const [name, { examples }] of Object.entries(schemas)) {
    const input = schemas[`${name}Input`];
    if (input && examples) input['examples'] = examples;
  }
}

function answerName(name: string): string {
  return name.slice(0, -'Input'.length);
}

function usedSchemas(paths: Document['paths'], schemas: Node): Set<string> {
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!)) continue;
      used.add(name!);
      visit(schemas[name!]);
    }
  };
  visit(paths);
  return used;
}

/** With other schema names, and without the patterns and bounds that `format` and `type` say already. */
function renamed(node: unknown, name: (old: string) => string): unknown {
  return JSON.parse(JSON.stringify(node), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') return REF + name(value.slice(REF.length));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value as Node).filter(([field, given]) => !isNoise(field, given, value as Node)),
    );
  });
}

function isNoise(field: string, given: unknown, schema: Node): boolean {
  if (field === 'pattern') return ['uuid', 'date-time'].includes(String(schema['format']));
  const bound = field === 'maximum' ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  return ['minimum', 'maximum'].includes(field) && given === bound;
}

function ordered(node: unknown): string {
  return JSON.stringify(node, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
