import type { Staleness, UnderlyingMarket, Volatility } from './model.ts';

/** Age in seconds at asOf of the oldest observation of each field; null where the field is absent. */
export function stalenessOf(market: UnderlyingMarket, asOfMs: number): Staleness {
  const age = ({ asOf }: { asOf?: string }) => (asOf === undefined ? 0 : (asOfMs - Date.parse(asOf)) / 1000);
  const oldest = (observations: { asOf?: string }[]) =>
    observations.length === 0 ? null : observations.reduce((most, item) => Math.max(most, age(item)), 0);
  return {
    spot: age(market.spot),
    perpetual: oldest(market.perpetual ? [market.perpetual] : []),
    forwards: oldest(market.carry ? [market.carry] : (market.forwards ?? [])),
    volatility: oldest(market.volatility ? observationsOf(market.volatility) : []),
  };
}

function observationsOf(volatility: Volatility): { asOf?: string }[] {
  if (volatility.type === 'flat') return [volatility];
  return volatility.type === 'svi' ? volatility.slices : volatility.quotes;
}
