import { defineConfig } from 'vitest/config';

// Two suites. `unit` needs nothing but Node; `e2e` runs against a real PostgreSQL: the embedded one, or the
// server at TEST_DATABASE_URL, with the Redis at TEST_REDIS_URL.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts', 'test/realdata/**/*.test.ts'],
          environment: 'node',
          // Nothing here leaves anything behind in a module, so files may share one: it halves the time.
          pool: 'threads',
          maxWorkers: 2,
          isolate: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/fault/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/support/cluster.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Each file has a database and a service of its own; loading the modules anew for each took a quarter of the time.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 }, // after the unit suite
        },
      },
    ],
  },
});
