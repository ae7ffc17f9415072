const WARM_UPS = 6;
const ROUNDS = 15;

/**
 * Median nanoseconds per unit of each contender. They take turns, so that what else the machine does meets all of them;
 * only their ratios mean anything beyond this machine and day.
 */
export function compare<Name extends string>(
  contenders: Record<Name, () => void>,
  units: number,
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const name of names) {
      contenders[name](); // brings its columns back into the caches
      const start = process.hrtime.bigint();
      contenders[name]();
      if (round >= 0) times[name].push(Number(process.hrtime.bigint() - start) / units);
    }
  }
  const median = (sample: number[]): number => sample.sort((a, b) => a - b)[sample.length >> 1]!;
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

/** Seeded uniform numbers in [0, 1): a linear congruential generator (Numerical Recipes), enough for inputs. */
export function seededUniform(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
}
