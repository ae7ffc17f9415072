import type { Wake } from '../../src/platform/wake.ts';

/** For services whose loops do not run in a test. */
export const silentWake: Wake = { call: () => undefined, on: () => undefined, stop: async () => undefined };
