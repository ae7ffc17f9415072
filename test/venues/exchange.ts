import type { Matching } from './matching.ts';
import type { VenueWire } from './wire.ts';

/** An account at an exchange of ours, as the tests know it. */
export interface TestAccount {
  apiKey: string;
  apiSecret: string;
  passphrase?: string;
}

/** An exchange of ours: its wire, what it has matched, and its accounts by their id with us. */
export interface TestExchange {
  wire: VenueWire;
  engine: Matching;
  accounts: Map<string, TestAccount>;
}
