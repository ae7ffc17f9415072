import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('reads and writes the same', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  const { parseWithColumns } = await import('../../../../src/platform/jsonNumbers/read.ts');
  const { jsonBytes } = await import('../../../../src/platform/jsonNumbers/write.ts');
  expect(parseWithColumns(Buffer.from('{"columns":{"a":[1,2]}}'), 'columns')).toEqual({ columns: { a: [1, 2] } });
  expect(new TextDecoder().decode(jsonBytes(['{"a":', Float64Array.of(0.1, NaN), '}']))).toBe('{"a":[0.1,null]}');
});
