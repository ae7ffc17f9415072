/**
 * Gathers calls with one key that come while an earlier batch is under way, and runs them together: one transaction and one
 * disk flush for all of them. A call that comes alone waits for nobody. `run` answers in the order of its items; when it
 * throws, every call of the batch does.
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
    while (calls.length > 0) {
      const batch = calls.splice(0, most);
      try {
        const results = await run(
          key,
          batch.map(({ item }) => item),
        );
        batch.forEach(({ resolve }, i) => resolve(results[i]!));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    waiting.delete(key);
  };

  return (key, item) =>
    new Promise((resolve, reject) => {
      const calls = waiting.get(key);
      if (calls) return void calls.push({ item, resolve, reject });
      const first = [{ item, resolve, reject }];
      waiting.set(key, first);
      void drain(key, first);
    });
}
