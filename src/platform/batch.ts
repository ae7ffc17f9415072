/**
 * Gathers calls with one key that come in one turn of the event loop, or while an earlier batch is under way, and runs them together: one
 * transaction and one disk flush for all of them. A call that comes alone waits for nobody. `run` answers in the order of its items, or throws with nothing
 * done: then each is run alone, so that what is wrong with one is not the others' business.
 */
export function batching<Item, Result>(
  most: number,
  run: (key: string, items: Item[]) => Promise<Result[]>,
): (key: string, item: Item) => Promise<Result> {
  interface Call {
    item: Item;
    resolve(result: Result): void;
    reject(error: unknown): void;
  }
  const waiting = new Map<string, Call[]>();

  const drain = async (key: string, calls: Call[]): Promise<void> => {
    while (calls.length > 0) await settle(key, calls.splice(0, most));
    waiting.delete(key);
  };

  const settle = async (key: string, batch: Call[]): Promise<void> => {
    try {
      const results = await run(
        key,
        batch.map(({ item }) => item),
      );
      batch.forEach(({ resolve }, i) => resolve(results[i]!));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const call of batch) await settle(key, [call]);
    }
  };

  return (key, item) =>
    new Promise((resolve, reject) => {
      const calls = waiting.get(key);
      if (calls) return void calls.push({ item, resolve, reject });
      const first = [{ item, resolve, reject }];
      waiting.set(key, first);
      setImmediate(() => void drain(key, first));
    });
}
