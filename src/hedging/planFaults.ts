import { isExpired, resolveInstrument } from '../instruments/service.ts';
import type { MarketView } from '../market/service.ts';
import { pointer, type Fault } from '../platform/problem.ts';
import type { Risk } from '../risk/service.ts';
import type { HedgePlanInput } from './model.ts';
import { policyFaults } from './policyService.ts';
import { stepsIn } from './policyModel.ts';
import { targetId } from './problem.ts';

// What can be seen to be wrong with a request for a plan before any work is done, each fault at its place.

export function analysisFaults(
  analysis: Awaited<ReturnType<Risk['get']>>,
  portfolioId: string,
  input: HedgePlanInput,
): Fault[] {
  const fault = (field: string, detail: string): Fault => ({ pointer: `/${field}`, code: 'mismatch', detail });
  if (analysis.portfolioId !== portfolioId) return [fault('analysisId', 'The analysis is of another portfolio')];
  if (!analysis.result) return [fault('analysisId', `The analysis has no result: it is ${analysis.status}`)];
  const { portfolioVersion, marketSnapshotId, deltaConvention } = input;
  return [
    ...(portfolioVersion !== undefined && portfolioVersion !== analysis.portfolioVersion
      ? [fault('portfolioVersion', `The analysis is of version ${analysis.portfolioVersion}`)]
      : []),
    ...(marketSnapshotId !== undefined && marketSnapshotId !== analysis.marketSnapshotId
      ? [fault('marketSnapshotId', `The analysis used ${analysis.marketSnapshotId}`)]
      : []),
    ...(deltaConvention !== undefined && deltaConvention !== analysis.result.deltaConvention
      ? [fault('deltaConvention', `The analysis used ${analysis.result.deltaConvention}`)]
      : []),
  ];
}

export function targetFaults({ targets }: HedgePlanInput, view: MarketView): Fault[] {
  const key = (target: HedgePlanInput['targets'][number]) =>
    `${target.underlying}/${target.quote} ${target.greek} ${JSON.stringify(target.tenorDays ?? null)}`;
  return targets.flatMap((target, i): Fault[] => {
    const at = pointer(['targets', i]);
    if (!view.underlying(target.underlying, target.quote)) {
      return [
        {
          pointer: `${at}/underlying`,
          code: 'unknown_underlying',
          detail: `The market snapshot has no ${target.underlying}/${target.quote}`,
        },
      ];
    }
    const twice = targets.findIndex((other) => key(other) === key(target)) < i;
    return twice
      ? [{ pointer: at, code: 'duplicate_target', detail: `There is another target for ${targetId(target)}` }]
      : [];
  });
}

export function instrumentFaults({ instruments }: HedgePlanInput, view: MarketView): Fault[] {
  return instruments.flatMap(({ instrument }, i): Fault[] => {
    const fault = (code: string, detail: string): Fault[] => [
      { pointer: pointer(['instruments', i, 'instrument']), code, detail },
    ];
    const resolved = resolveInstrument(instrument);
    if (!resolved.ok) return fault(resolved.code, resolved.detail);
    const { symbol, terms } = resolved.instrument;
    if (terms.kind === 'liquidity')
      return fault('unsupported_hedge', 'Shares of pools are hedged, and are not hedge instruments');
    if (symbol.startsWith('occ:'))
      return fault(
        'unsupported_hedge',
        'Options of 100 shares a contract are hedged, and are not hedge instruments yet',
      );
    if (isExpired(terms, view.asOf)) return fault('expired', `${symbol} had expired at ${view.asOf.toISOString()}`);
    if (!view.underlying(terms.underlying, terms.quote))
      return fault('unknown_underlying', `The market snapshot has no ${terms.underlying}/${terms.quote}`);
    return [];
  });
}

export function stepFaults({ policy, policyId }: HedgePlanInput): Fault[] {
  const counted = policy && stepsIn(policy);
  if (!counted) return [];
  const at = policyId === undefined ? pointer(['policy', ...counted]) : '/policyId';
  return [
    { pointer: at, code: 'no_grid', detail: 'Steps are those of the grid of a backtest; a plan takes everySeconds' },
  ];
}

/** Whether a request needs more than one delta brought to its target by one instrument. */
export function needsOptimiser({ optimise, targets, instruments }: HedgePlanInput): boolean {
  const isOption = ({ instrument }: HedgePlanInput['instruments'][number]) => {
    const resolved = resolveInstrument(instrument);
    return resolved.ok && resolved.instrument.terms.kind === 'option';
  };
  const isLimited = ({ maxPosition, maxNotional, noShort }: HedgePlanInput['instruments'][number]) =>
    maxPosition !== undefined || maxNotional !== undefined || noShort !== undefined;
  return (
    optimise !== undefined ||
    targets.some(({ greek }) => greek !== 'delta') ||
    instruments.some((each) => isOption(each) || isLimited(each))
  );
}

/** What does not go together in a request for the optimiser. */
export function optimiserFaults(input: HedgePlanInput, view: MarketView): Fault[] {
  const fault = (at: PropertyKey[], code: string, detail: string): Fault => ({ pointer: pointer(at), code, detail });
  const tenors = input.targets.flatMap(({ greek, tenorDays }, i) =>
    tenorDays && greek !== 'vega' ? [fault(['targets', i, 'tenorDays'], 'mismatch', 'Only vega is told by tenor')] : [],
  );
  if (!needsOptimiser(input)) return tenors;
  const { optimise, policy, policyId, analysisId } = input;
  const unknown = (underlying: string, quote: string, at: PropertyKey[]): Fault[] =>
    view.underlying(underlying, quote)
      ? []
      : [fault(at, 'unknown_underlying', `The market snapshot has no ${underlying}/${quote}`)];
  const crossed = new Set((optimise?.crossHedges ?? []).map(({ underlying, quote }) => `${underlying}/${quote}`));
  return [
    ...tenors,
    ...(policy || policyId !== undefined
      ? [fault(['policyId'], 'mismatch', 'A policy trades one delta with one instrument; ask the optimiser without it')]
      : []),
    ...(analysisId !== undefined
      ? [
          fault(
            ['analysisId'],
            'mismatch',
            'The optimiser looks at every position, which a finished analysis does not keep',
          ),
        ]
      : []),
    ...input.targets.flatMap(({ underlying, quote }, i) =>
      crossed.has(`${underlying}/${quote}`)
        ? [
            fault(
              ['targets', i],
              'mismatch',
              `${underlying} is cross-hedged: give the target to what it is hedged with`,
            ),
          ]
        : [],
    ),
    ...(optimise?.crossHedges ?? []).flatMap((cross, i) => [
      ...unknown(cross.underlying, cross.quote, ['optimise', 'crossHedges', i, 'underlying']),
      ...unknown(cross.with, cross.quote, ['optimise', 'crossHedges', i, 'with']),
      ...(crossed.has(`${cross.with}/${cross.quote}`)
        ? [fault(['optimise', 'crossHedges', i, 'with'], 'mismatch', `${cross.with} is cross-hedged itself`)]
        : []),
    ]),
    ...duplicates(optimise?.crossHedges ?? [], ({ underlying, quote }) => `${underlying}/${quote}`, 'crossHedges'),
    ...duplicates(optimise?.moves ?? [], ({ underlying, quote }) => `${underlying}/${quote}`, 'moves'),
    ...duplicates(optimise?.correlations ?? [], (each) => [...each.underlyings].sort().join(' '), 'correlations'),
    ...(optimise?.options ?? []).flatMap(({ underlying, quote }, i) =>
      unknown(underlying, quote, ['optimise', 'options', i, 'underlying']),
    ),
    ...(optimise?.moves ?? []).flatMap(({ underlying, quote }, i) =>
      unknown(underlying, quote, ['optimise', 'moves', i, 'underlying']),
    ),
  ];
}

/** What does not go together in a request with a policy. */
export function planPolicyFaults(input: HedgePlanInput): Fault[] {
  const { policy, policyId, policyVersion, targets, analysisId } = input;
  const fault = (at: PropertyKey[], detail: string): Fault => ({ pointer: pointer(at), code: 'mismatch', detail });
  const twice = policy && policyId !== undefined ? [fault(['policy'], 'Give policy or policyId, not both')] : [];
  const version =
    policyVersion !== undefined && policyId === undefined ? [fault(['policyVersion'], 'It is of no policyId')] : [];
  if (!policy && policyId === undefined) return version;
  return [
    ...twice,
    ...version,
    ...(policy ? policyFaults(policy, ['policy']) : []),
    ...(analysisId === undefined
      ? []
      : [fault(['analysisId'], 'A policy looks at every position, which a finished analysis does not keep')]),
    ...targets.flatMap(({ tolerance }, i) =>
      tolerance === 0 ? [] : [fault(['targets', i, 'tolerance'], 'With a policy, the policy says the band')],
    ),
  ];
}

function duplicates<Item>(items: readonly Item[], nameOf: (item: Item) => string, field: string): Fault[] {
  const names = items.map(nameOf);
  return names.flatMap((name, i) =>
    names.indexOf(name) < i
      ? [{ pointer: pointer(['optimise', field, i]), code: 'duplicate', detail: `There is another of ${name}` }]
      : [],
  );
}
