import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWithColumns } from '../../../src/platform/jsonNumbers/read.ts';

type Outcome = { value: unknown } | { refusal: string };

function outcome(read: () => unknown): Outcome {
  try {
    return { value: read() };
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return { refusal: (error as Error).message };
  }
}

/** Columns of floats as arrays, where they may be and nowhere else. */
function plain(value: unknown): unknown {
  const columns = (value as { columns?: unknown } | null)?.columns;
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) return value;
  for (const [name, column] of Object.entries(columns)) {
    if (column instanceof Float64Array) Object.defineProperty(columns, name, { value: Array.from(column) });
  }
  return value;
}

function expectSame(body: Uint8Array): void {
  const ours = outcome(() => plain(parseWithColumns(body, 'columns')));
  const theirs = outcome(() => JSON.parse(Buffer.from(body).toString()) as unknown);
  // Tells −0 from 0, and which comes first of two names.
  const same = isDeepStrictEqual(ours, theirs) && JSON.stringify(ours) === JSON.stringify(theirs);
  expect(same ? theirs : ours).toEqual(theirs);
  expect(same).toBe(true);
}

const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r');
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.constantFrom('-0', '0.0', '1E5', '-1e-7', '0.1000000000000000055511151231257827', '1e400', '5e-324', '2e-400'),
  fc.constantFrom('01', '1.', '.5', '+1', '-', '1e', '1e+', '0x10', 'NaN', '1_0', '-Infinity', '1e99999'),
);
const element = fc.oneof(
  { weight: 12, arbitrary: numberText },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
);
const joined = (parts: readonly (readonly [string, string, string])[]) =>
  parts.map(([before, text, after]) => before + text + after).join();
const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space);
const array = fc.array(spaced(element), { maxLength: 6 }).map((parts) => `[${joined(parts)}]`);
const key = fc.oneof(
  fc.constantFrom('"columns"', '"rows"', '"model"', '"2"', '"1"', '"__proto__"', '"col\\u0075mns"', '"a\\"b"', '"€"'),
  fc.string().map((text) => JSON.stringify(text)),
);
const objectOf = (value: fc.Arbitrary<string>) =>
  fc
    .array(spaced(fc.tuple(key, space, space, value).map(([k, a, b, v]) => `${k}${a}:${b}${v}`)), { maxLength: 4 })
    .map((parts) => `{${joined(parts)}}`);
const body = fc
  .tuple(space, objectOf(fc.oneof(objectOf(fc.oneof(array, element)), array, element)), space)
  .map((parts) => parts.join(''));

const NUM_RUNS = 3_000;

test('well-formed or nearly so', () => {
  fc.assert(
    fc.property(body, (text) => expectSame(Buffer.from(text))),
    { numRuns: NUM_RUNS },
  );
});

const alphabet = fc.constantFrom(...Buffer.from('{}[]",:\\-+.eE0123456789 \nntu/'), 0, 0x80, 0xc3, 0xef, 0xff);
const change = fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.nat(3), byte: alphabet });
const sound =
  '{"model":"black_76","columns":{"type":["call","put"],"spot":[101.5,-2e-3,12345678.901234567],"vol":[0.25 , 1]},"outputs":["a"]}';

test('with bytes changed, removed and added', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(sound), body),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (text, changes) => {
        const bytes = [...Buffer.from(text)];
        for (const { place, removed, byte } of changes) bytes.splice(Math.floor(place * bytes.length), removed, byte);
        expectSame(Uint8Array.from(bytes));
      },
    ),
    { numRuns: NUM_RUNS },
  );
});

test('cut off anywhere', () => {
  const bytes = Buffer.from(sound);
  for (let length = 0; length <= bytes.length; length++) expectSame(bytes.subarray(0, length));
});

test('nothing of a longer body before is read as part of a shorter one', () => {
  expectSame(Buffer.from(`{"columns":{"a":[${'9'.repeat(200)}],"b":[${'1,'.repeat(50)}1]}}`));
  for (let length = 1; length <= 40; length++) expectSame(Buffer.from(`{"columns":{"a":[${'1'.repeat(length)}`));
});
