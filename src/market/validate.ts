import { pointer, type Fault } from '../platform/problem.ts';
import { sviSliceProblems } from '../quant/surface/surface.ts';
import { forwardCurve, yearsTo } from './forwards.ts';
import type { MarketSnapshotInput, UnderlyingMarket, Volatility } from './model.ts';
import { solvePrices } from './volatility.ts';

type Path = (string | number)[];

/** What is wrong with a snapshot beyond the shape of its fields: every fault, each at its own pointer. */
export function snapshotFaults(input: MarketSnapshotInput): Fault[] {
  const asOfMs = Date.parse(input.asOf);
  if (asOfMs < 0) return [fault(['asOf'], 'out_of_range', 'must not be before 1970')];
  return [
    ...duplicates(input.underlyings, ['underlyings'], ({ underlying, quote }) => `${underlying}/${quote}`),
    ...input.underlyings.flatMap((market, i) => marketFaults(market, asOfMs, ['underlyings', i])),
  ];
}

function fault(path: Path, code: string, detail: string): Fault {
  return { pointer: pointer(path), code, detail };
}

function marketFaults(market: UnderlyingMarket, asOfMs: number, at: Path): Fault[] {
  const { spot, perpetual, forwards = [], carry, volatility } = market;
  return [
    ...observedFaults(spot, asOfMs, [...at, 'spot']),
    ...observedFaults(perpetual, asOfMs, [...at, 'perpetual']),
    ...observedFaults(carry, asOfMs, [...at, 'carry']),
    ...datedFaults(forwards, asOfMs, [...at, 'forwards'], ({ expiry }) => expiry),
    ...crossedFaults(forwards, [...at, 'forwards'], 'bid', 'ask'),
    ...(volatility ? volatilityFaults(market, volatility, asOfMs, [...at, 'volatility']) : []),
  ];
}

function volatilityFaults(market: UnderlyingMarket, volatility: Volatility, asOfMs: number, at: Path): Fault[] {
  switch (volatility.type) {
    case 'flat':
      return observedFaults(volatility, asOfMs, at);
    case 'quotes':
      return [
        ...datedFaults(volatility.quotes, asOfMs, [...at, 'quotes'], ({ expiry, strike }) => `${expiry} ${strike}`),
        ...crossedFaults(volatility.quotes, [...at, 'quotes'], 'bidIv', 'askIv'),
      ];
    case 'prices': {
      const faults = datedFaults(
        volatility.quotes,
        asOfMs,
        [...at, 'quotes'],
        ({ expiry, strike, optionType }) => `${expiry} ${strike} ${optionType}`,
      );
      const crossed = crossedFaults(volatility.quotes, [...at, 'quotes'], 'bid', 'ask');
      return [...faults, ...crossed, ...priceFaults(market, volatility, asOfMs, at)];
    }
    case 'svi': {
      const faults = datedFaults(volatility.slices, asOfMs, [...at, 'slices'], ({ expiry }) => expiry);
      return [...faults, ...sliceFaults(volatility.slices, asOfMs, [...at, 'slices'])];
    }
  }
}

/** Things that come by expiry: expired, given twice, or observed after the snapshot. */
function datedFaults<T extends { expiry: string; asOf?: string }>(
  items: T[],
  asOfMs: number,
  at: Path,
  key: (item: T) => string,
): Fault[] {
  const each = items.flatMap((item, i) => [
    ...(Date.parse(item.expiry) > asOfMs ? [] : [fault([...at, i, 'expiry'], 'expired', 'must be after asOf')]),
    ...observedFaults(item, asOfMs, [...at, i]),
  ]);
  return [...each, ...duplicates(items, at, key)];
}

function observedFaults(item: { asOf?: string } | undefined, asOfMs: number, at: Path): Fault[] {
  if (item?.asOf === undefined || Date.parse(item.asOf) <= asOfMs) return [];
  return [fault([...at, 'asOf'], 'observed_later', "must not be after the snapshot's asOf")];
}

function duplicates<T>(items: T[], at: Path, key: (item: T) => string): Fault[] {
  const first = new Map<string, number>();
  return items.flatMap((item, i) => {
    const earlier = first.get(key(item));
    if (earlier !== undefined)
      return [fault([...at, i], 'duplicate', `is given twice: ${key(item)}, first at ${pointer([...at, earlier])}`)];
    first.set(key(item), i);
    return [];
  });
}

function crossedFaults<Bid extends string, Ask extends string>(
  items: Partial<Record<Bid | Ask, number>>[],
  at: Path,
  bidField: Bid,
  askField: Ask,
): Fault[] {
  return items.flatMap((item, i) => {
    const [bid, ask] = [item[bidField], item[askField]];
    return bid !== undefined && ask !== undefined && bid > ask
      ? [fault([...at, i, bidField], 'crossed', `${bidField} must not be above ${askField}`)]
      : [];
  });
}

function sliceFaults(slices: Extract<Volatility, { type: 'svi' }>['slices'], asOfMs: number, at: Path): Fault[] {
  return slices.flatMap((slice, i) => {
    const time = yearsTo(asOfMs, Date.parse(slice.expiry));
    if (!(time > 0)) return []; // said already
    return sviSliceProblems({ ...slice, time }).map((problem) => fault([...at, i], 'invalid_slice', problem));
  });
}

/**
 * Only the prices that the surface is made of are asked for a volatility: an in-the-money twin may be rounded below its bound. A mark
 * beside a bid or an ask is a venue's, and is cleaned with a reason by the fit where it makes no sense.
 */
function priceFaults(
  market: UnderlyingMarket,
  volatility: Extract<Volatility, { type: 'prices' }>,
  asOfMs: number,
  at: Path,
): Fault[] {
  if (!market.carry && !market.forwards?.length) {
    return [
      fault(at, 'missing_forward', 'volatilities can be solved from prices only where forwards or carry are given'),
    ];
  }
  const live = solvePrices(market, volatility, asOfMs, forwardCurve(market, asOfMs)).filter(
    ({ quote }) => Date.parse(quote.expiry) > asOfMs && quote.bid === undefined && quote.ask === undefined,
  );
  return live.flatMap(({ vol, index }) =>
    vol > 0 && vol < Infinity
      ? []
      : [
          fault(
            [...at, 'quotes', index, 'price'],
            'no_implied_volatility',
            'lies outside the no-arbitrage bounds: no volatility gives this price',
          ),
        ],
  );
}
