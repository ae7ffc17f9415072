import { expect, test } from 'vitest';
import { batching } from '../../../src/platform/batch.ts';

function recorder() {
  const batches: [string, number[]][] = [];
  const gates: (() => void)[] = [];
  const call = batching<number, string>(3, async (key, items) => {
    batches.push([key, items]);
    await new Promise<void>((open) => gates.push(open));
    if (items.includes(13)) throw new Error('no luck');
    return items.map((item) => `${key}${item}`);
  });
  const open = async () => {
    gates.shift()!();
    await turn();
  };
  return { batches, call, open };
}

const turn = () => new Promise((later) => setImmediate(later));

test('calls of one turn run together', async () => {
  const { batches, call, open } = recorder();
  const answers = [call('a', 1), call('a', 2)];
  await turn();
  expect(batches).toEqual([['a', [1, 2]]]);
  await open();
  expect(await Promise.all(answers)).toEqual(['a1', 'a2']);
});

test('a call that comes alone runs at once; those that come meanwhile run together, as many as may', async () => {
  const { batches, call, open } = recorder();
  const first = call('a', 1);
  await turn();
  expect(batches).toEqual([['a', [1]]]);
  const answers = [first, ...[2, 3, 4, 5].map((item) => call('a', item))];
  await open();
  await open();
  await open();
  expect(batches).toEqual([
    ['a', [1]],
    ['a', [2, 3, 4]],
    ['a', [5]],
  ]);
  expect(await Promise.all(answers)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
});

test('keys do not wait for one another', async () => {
  const { batches, call } = recorder();
  void call('a', 1);
  void call('b', 2);
  await turn();
  expect(batches.map(([key]) => key)).toEqual(['a', 'b']);
});

test('of a batch that fails each call is run alone: only what is wrong fails', async () => {
  const { batches, call, open } = recorder();
  const first = call('a', 1);
  await turn();
  const outcomes = Promise.allSettled([call('a', 13), call('a', 2)]);
  for (let runs = 0; runs < 4; runs++) await open();
  expect(batches.map(([, items]) => items)).toEqual([[1], [13, 2], [13], [2]]);
  expect(await first).toBe('a1');
  expect(await outcomes).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 'a2' }]);
  const next = call('a', 3);
  await turn();
  await open();
  expect(await next).toBe('a3');
});
