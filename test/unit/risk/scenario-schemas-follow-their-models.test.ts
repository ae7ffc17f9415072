import { buildSchema, type GraphQLEnumType, type GraphQLInputObjectType, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { readSchema } from '../../../src/platform/graphql.ts';
import { scenarioInputs, ScenariosInputSchema, VOL_MOVES } from '../../../src/risk/scenarioModel.ts';
import { scenarioResults } from '../../../src/risk/scenarioResult.ts';
import { STRESS_NAMES } from '../../../src/risk/stress.ts';

const schema = buildSchema((await readSchema()).join('\n'));
const fields = (type: string) =>
  Object.keys((schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields()).sort();

const models = { ...scenarioResults, ...scenarioInputs, ScenariosInput: ScenariosInputSchema };

test.each(Object.entries(models))('%s has the fields of its model', (name, { shape }) => {
  expect(fields(name)).toEqual(Object.keys(shape).sort());
});

test.each<[string, readonly string[]]>([
  ['StressName', STRESS_NAMES],
  ['VolMoves', VOL_MOVES],
])('the enum %s has the values of its model', (type, values) => {
  expect((schema.getType(type) as GraphQLEnumType).getValues().map(({ name }) => name)).toEqual([...values]);
});
