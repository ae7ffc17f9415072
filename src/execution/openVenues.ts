import type { Market } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Ids } from '../platform/ids.ts';
import { aggregatorsOf } from './aggregators/select.ts';
import type { AcceptSignature, OpenAccount, Venues } from './ports.ts';
import { binanceVenue } from './venues/binance.ts';
import { deribitVenue } from './venues/deribit.ts';
import { okxVenue } from './venues/okx.ts';
import { onchainVenue } from './venues/onchain.ts';
import { paperVenue } from './venues/paper.ts';
import type { VenuesConfig } from './venuesModel.ts';

export interface OpenVenuesDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  market: Market;
  config: VenuesConfig;
  openAccount: OpenAccount;
}

/** The venues that the operator has set up, and paper. */
export function openVenues({ db, clock, ids, market, config, openAccount }: OpenVenuesDeps): {
  venues: Venues;
  acceptSignature: AcceptSignature;
  close(): Promise<void>;
} {
  const { exchanges, chains } = config;
  const deps = { clock, openAccount };
  const remote = {
    ...(exchanges.deribit && { deribit: deribitVenue({ ...deps, config: exchanges.deribit }) }),
    ...(exchanges.binance && { binance: binanceVenue({ ...deps, config: exchanges.binance }) }),
    ...(exchanges.okx && { okx: okxVenue({ ...deps, config: exchanges.okx }) }),
  };
  const onchain = onchainVenue({
    ...{ ...deps, db, ids, chains },
    aggregatorsOf: (chain) => aggregatorsOf(chain, { clock }),
  });
  return {
    venues: { paper: paperVenue({ db, clock, market }), ...remote, ...(chains.length > 0 && { onchain }) },
    acceptSignature: onchain.acceptSignature,
    async close() {
      await Promise.all(Object.values(remote).map((venue) => venue.close()));
    },
  };
}
