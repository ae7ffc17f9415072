import type { Market } from '../market/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import type { Ids } from '../platform/ids.ts';
import { aggregatorsOf, intentServicesOf } from './aggregators/select.ts';
import type { Control } from './control.ts';
import type { AcceptSignature, OpenAccount, Venues } from './ports.ts';
import { binanceVenue } from './venues/binance.ts';
import { deribitVenue } from './venues/deribit.ts';
import { internalVenue } from './venues/internal.ts';
import { okxVenue } from './venues/okx.ts';
import { onchainVenue } from './venues/onchain.ts';
import { paperVenue } from './venues/paper.ts';
import type { VenuesConfig } from './venuesModel.ts';

export interface OpenVenuesDeps {
  db: Database;
  clock: Clock;
  ids: Ids;
  market: Market;
  control: Control;
  config: VenuesConfig;
  openAccount: OpenAccount;
}

/** The venues that the operator has set up, paper, and the internal one. */
export function openVenues({ db, clock, ids, market, control, config, openAccount }: OpenVenuesDeps): {
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
    intentServicesOf: (chain) => intentServicesOf(chain, { clock }),
  });
  const own = {
    paper: paperVenue({ db, clock, market }),
    internal: internalVenue({ db, clock, ids, market, control }),
  };
  return {
    venues: { ...own, ...remote, ...(chains.length > 0 && { onchain }) },
    acceptSignature: onchain.acceptSignature,
    async close() {
      await Promise.all(Object.values(remote).map((venue) => venue.close()));
    },
  };
}
