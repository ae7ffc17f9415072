import { expect, it } from 'vitest';
import { tidySchemas, type Document } from '../../../src/platform/openapiSchemas.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: object, required: string[] = []) => ({ type: 'object', properties, required });

/** An operation that takes and answers schemas of these names. */
function documentOf(takes: string, answers: string, schemas: Record<string, Record<string, unknown>>): Document {
  const content = (name: string) => ({ content: { 'application/json': { schema: ref(name) } } });
  const operation = { operationId: 'x', requestBody: content(takes), responses: { 200: content(answers) } };
  return { paths: { '/x': { post: operation } }, components: { schemas } };
}

function tidied(document: Document) {
  const { paths, components } = tidySchemas(document);
  const { requestBody, responses } = paths['/x']!['post']!;
  return {
    names: Object.keys(components.schemas!).sort(),
    schemas: components.schemas!,
    refs: [...JSON.stringify([requestBody, responses]).matchAll(/schemas\/(\w+)/g)].map(([, name]) => name),
  };
}

it('a form that requests and answers share has one name', () => {
  const both = { Terms: object({ a: {} }), TermsInput: object({ a: {} }) };
  const { names, refs } = tidied(documentOf('TermsInput', 'Terms', both));
  expect([names, refs]).toEqual([['Terms'], ['Terms', 'Terms']]);
});

it('the order of keywords makes no difference', () => {
  const both = { Terms: { type: 'string', minLength: 1 }, TermsInput: { minLength: 1, type: 'string' } };
  expect(tidied(documentOf('TermsInput', 'Terms', both)).names).toEqual(['Terms']);
});

it('forms that differ keep their names, and the example goes with the request', () => {
  const example = { examples: [{}] };
  const both = {
    Terms: { ...object({ a: { default: 1 } }, ['a']), ...example },
    TermsInput: object({ a: { default: 1 } }),
  };
  const { names, refs, schemas } = tidied(documentOf('TermsInput', 'Terms', both));
  expect([names, refs]).toEqual([
    ['Terms', 'TermsInput'],
    ['TermsInput', 'Terms'],
  ]);
  expect(schemas['TermsInput']).toMatchObject(example);
  expect(schemas['Terms']).not.toHaveProperty('examples');
});

it('what refers to forms that differ differs itself, also in a circle', () => {
  const { names } = tidied(
    documentOf('OuterInput', 'Outer', {
      Outer: object({ inner: ref('Inner'), plain: ref('Plain') }),
      OuterInput: object({ inner: ref('InnerInput'), plain: ref('PlainInput') }),
      Inner: object({ outer: ref('Outer'), a: {} }, ['a']),
      InnerInput: object({ outer: ref('OuterInput'), a: {} }),
      Plain: object({ self: ref('Plain') }),
      PlainInput: object({ self: ref('PlainInput') }),
    }),
  );
  expect(names).toEqual(['Inner', 'InnerInput', 'Outer', 'OuterInput', 'Plain']);
});

it('a form that only requests have goes by the plain name, and what nothing uses is left out', () => {
  const all = { Order: {}, OrderInput: { type: 'object' }, Fill: {}, FillInput: {}, Answer: {}, AnswerInput: {} };
  const { names, refs, schemas } = tidied(documentOf('OrderInput', 'Answer', all));
  expect([names, refs]).toEqual([
    ['Answer', 'Order'],
    ['Order', 'Answer'],
  ]);
  expect(schemas['Order']).toEqual({ type: 'object' });
});

it('patterns and bounds that say no more than the format and the type are left out', () => {
  const { schemas } = tidied(
    documentOf('Answer', 'Answer', {
      Answer: object({
        id: { type: 'string', format: 'uuid', pattern: 'x' },
        code: { type: 'string', pattern: 'x' },
        count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        pattern: { type: 'string' },
      }),
    }),
  );
  expect(schemas['Answer']!['properties']).toEqual({
    id: { type: 'string', format: 'uuid' },
    code: { type: 'string', pattern: 'x' },
    count: { type: 'integer', minimum: 0 },
    pattern: { type: 'string' },
  });
});
