import { PolicySchema, type HedgePolicy } from '../src/hedging/policyModel.ts';
import { NO_COSTS } from '../src/quant/hedging/cost.ts';
import type { Kernel } from '../src/quant/kernel/contract.ts';
import type { History } from '../src/quant/simulation/history.ts';
import { replay } from '../src/simulation/replay.ts';
import type { StrategyResult } from '../src/simulation/resultModel.ts';
import { recordedStrangle, type RecordedStrangle, type Window } from './recordedStrangle.ts';

// What every policy made of a short strangle, as the backtests of the service replay it.

const MARCH = { dates: '20260301_20260424', expiries: ['2026-03-27', '2026-04-24'] };
const MAY = { dates: '20260515_20260626', expiries: ['2026-05-29', '2026-06-26'] };
const WINDOWS: readonly Window[] = [
  { currency: 'BTC', ...MARCH },
  { currency: 'BTC', ...MAY },
  { currency: 'ETH', ...MARCH },
  { currency: 'ETH', ...MAY },
];

const FEE_BPS = 5;
const HOUR = 3_600;
const DAYS_PER_YEAR = 365;
/** γ × the price at the start: that of a trader of one coin, whatever the coin costs. */
const RELATIVE_AVERSIONS = [1, 10, 100];
const OTHER_CONVENTIONS = ['premium_adjusted', 'sticky_delta', 'min_variance'] as const;

type Named = readonly [name: string, policy: Partial<HedgePolicy> & Pick<HedgePolicy, 'kind'>];

function policiesAt(spot: number): Named[] {
  const riskAversion = (relative: number) => relative / spot;
  const everySnapshot: Named = ['every snapshot', { kind: 'interval', everySeconds: 1 }];
  const middle: Named = ['optimal, 10', { kind: 'optimal', riskAversion: riskAversion(10) }];
  return [
    ['not hedged', { kind: 'interval', everySeconds: 1, hedgeRatio: 0 }],
    everySnapshot,
    ...[6, 12, 24, 48].map((hours): Named => [`${hours} h`, { kind: 'interval', everySeconds: hours * HOUR }]),
    ...[0.05, 0.1, 0.2].flatMap((tolerance) =>
      (['target', 'edge'] as const).map((rebalanceTo): Named => [
        `tolerance ${tolerance}, to the ${rebalanceTo}`,
        { kind: 'delta_tolerance', tolerance, rebalanceTo },
      ]),
    ),
    ['Leland, 24 h', { kind: 'leland', everySeconds: 24 * HOUR }],
    ...RELATIVE_AVERSIONS.flatMap((relative): Named[] => [
      [`Whalley–Wilmott, ${relative}`, { kind: 'whalley_wilmott', riskAversion: riskAversion(relative) }],
      [`Zakamouline, ${relative}`, { kind: 'zakamouline', riskAversion: riskAversion(relative) }],
      [`optimal, ${relative}`, { kind: 'optimal', riskAversion: riskAversion(relative) }],
    ]),
    [
      'tolerance 0.1 or 24 h',
      {
        kind: 'any_of',
        of: [
          { kind: 'delta_tolerance', tolerance: 0.1 },
          { kind: 'interval', everySeconds: 24 * HOUR },
        ],
      },
    ],
    ...[everySnapshot, middle].flatMap(([name, policy]) =>
      OTHER_CONVENTIONS.map((deltaConvention): Named => [
        `${name}: ${deltaConvention}`,
        { ...policy, deltaConvention },
      ]),
    ),
  ];
}

/** A section of Markdown for each coin and window. */
export function historySections(kernel: Kernel): string[] {
  return WINDOWS.map((window) => {
    const recorded = recordedStrangle(window);
    const costs = { ...NO_COSTS, feeBps: FEE_BPS };
    const strategies = policiesAt(recorded.history.spots[0]!).map(([name, policy]) => ({
      name,
      policy: PolicySchema.parse(policy),
      costs,
    }));
    const request = {
      strategies,
      statistics: { confidence: 0.95, riskAversions: [] },
      financing: false,
      settlement: 'cash' as const,
    };
    const { strategies: results } = replay(kernel, request, recorded.history, recorded.instants);
    return [titleOf(window), storyOf(recorded), tableOf(results, recorded.history)].join('\n\n');
  });
}

const day = (at: number | string) =>
  new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
const money = (value: number) => value.toLocaleString('en-GB', { maximumFractionDigits: value < 1_000 ? 1 : 0 });
const percent = (value: number) => `${(100 * value).toFixed(0)} %`;

function titleOf({ currency, expiries }: Window): string {
  return `### ${currency}, to the expiries of ${expiries.map(day).join(' and ')} 2026`;
}

function storyOf({ history, instants, sold, atPerpetual }: RecordedStrangle): string {
  const [calls, puts] = [0, 1].map((side) => sold.filter((_, i) => i % 2 === side));
  const strangles = calls!.map((call, i) => {
    const put = puts![i]!;
    const names = `${call.name} and ${put.name}`;
    const [premium, payoff] = [call.premium + put.premium, call.payoff + put.payoff];
    const vols = `${percent(call.vol)} and ${percent(put.vol)}`;
    const realised = percent(realisedVol(history, call.atMs - Date.parse(instants[0]!), i + 1 < calls!.length));
    return `${day(call.atMs)}, index at ${money(call.spot)}: sold ${names} for ${money(premium)} (implied ${vols}; realised to the expiry ${realised}), paid ${money(payoff)}.`;
  });
  const hedged = atPerpetual > 0 ? `${atPerpetual} at the perpetual, the others at the index` : 'all at the index';
  return [`${instants.length} instants, ${hedged}.`, ...strangles].join(' ');
}

/** Annualised, of the prices of the hedge: from an instant to the expiry of what was sold at it, or to the end. */
function realisedVol({ times, spots, options }: History, sinceMs: number, toFirstExpiry: boolean): number {
  const since = sinceMs / 86_400_000 / DAYS_PER_YEAR;
  const until = toFirstExpiry ? options[0]!.expiryYears : Infinity;
  let [squares, years] = [0, 0];
  for (let at = 1; at < times.length; at++) {
    if (times[at - 1]! < since || times[at]! > until) continue;
    squares += Math.log(spots[at]! / spots[at - 1]!) ** 2;
    years += times[at]! - times[at - 1]!;
  }
  return Math.sqrt(squares / years);
}

const HEAD = ['policy', 'cost', 'trades', 'P&L', 'sd per day', 'worst drawdown', 'efficient'];

function tableOf(results: readonly StrategyResult[], { times }: History): string {
  const changesPerDay = (times.length - 1) / (times.at(-1)! * DAYS_PER_YEAR);
  const rows = results.map(({ name, cost, trades, pnl, sd, maxDrawdown, efficient }) => [
    name,
    money(cost.value),
    String(trades),
    money(pnl.value),
    money(sd.value * Math.sqrt(changesPerDay)),
    money(maxDrawdown!),
    efficient ? 'yes' : '',
  ]);
  return markdownTable(HEAD, rows);
}

/** The first column to the left, the others to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
