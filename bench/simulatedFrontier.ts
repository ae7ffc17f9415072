import { certaintyEquivalentGain, meanGain, sdGain } from '../src/quant/simulation/pairedGains.ts';
import type { Estimate } from '../src/quant/simulation/statistics.ts';
import { BacktestInputSchema, type BacktestInput } from '../src/simulation/model.ts';
import { unpackShards } from '../src/simulation/outcome.ts';
import type { BacktestResult, StrategyResult } from '../src/simulation/resultModel.ts';
import { summarise } from '../src/simulation/summary.ts';
import { clusterOf } from '../src/simulation/terms.ts';
import { shard } from '../src/simulation/worker.ts';
import { markdownTable } from './historyTable.ts';

// One call sold at the money, hedged on simulated paths of the volatility that it was sold at, as a backtest of the
// service does it. Money is in percent of the price at the start, and a risk aversion is per percent.

const PROPORTIONAL = 0.0005;
const PATHS = 8_192;
const CLOCKS = [1, 2, 4, 8, 24];
const AVERSIONS = [0.03, 0.1, 0.3, 0.7, 1, 3, 10, 30];
/** At which `optimal` is held against the four-hourly clock path by path. */
const COMPARED = 0.7;
const KINDS = ['optimal', 'whalley_wilmott', 'zakamouline'] as const;
type Kind = (typeof KINDS)[number];
/** As the picture has room for. */
const SHORT: Record<Kind, string> = { optimal: 'o', whalley_wilmott: 'ww', zakamouline: 'z' };

const clockName = (hours: number) => `${hours} h`;
const bandName = (kind: Kind, aversion: number) => `${SHORT[kind]} ${aversion}`;

/** @param hours between two looks */
function requestOf(days: number, hours: number): BacktestInput {
  return BacktestInputSchema.parse({
    paths: { model: 'gbm', spot: 100, drift: 0, vol: 0.6, count: PATHS, seed: 1, antithetic: true },
    market: { rate: 0, vol: 0.6 },
    monitoringSteps: (days * 24) / hours,
    horizonYears: days / 365,
    book: [{ type: 'call', strike: '100', expiryYears: days / 365, quantity: '-1' }],
    strategies: [
      ...CLOCKS.filter((clock) => clock % hours === 0).map((clock) => ({
        name: clockName(clock),
        policy: { kind: 'interval', everySteps: clock / hours },
      })),
      ...AVERSIONS.flatMap((riskAversion) =>
        KINDS.map((kind) => ({ name: bandName(kind, riskAversion), policy: { kind, riskAversion } })),
      ),
    ].map((strategy) => ({ ...strategy, costs: { proportional: PROPORTIONAL } })),
  });
}

export interface SimulatedFrontier {
  readonly result: BacktestResult;
  /** Of the strategies, path by path. */
  readonly pnl: ReadonlyMap<string, Float64Array>;
  readonly cost: ReadonlyMap<string, Float64Array>;
  readonly cluster: number;
}

/**
 * @param days to the expiry
 * @param hours between two looks, a divisor of a day
 */
export function simulatedFrontier(days: number, hours: number): SimulatedFrontier {
  const request = requestOf(days, hours);
  const outcome = unpackShards([shard({ request, from: 0, to: PATHS })], request.strategies.length);
  // The premium divides only a measure that is not told here.
  const strategies = summarise(request, outcome, 0);
  const column = (of: 'pnl' | 'cost') =>
    new Map(outcome.strategies.map((each, s) => [request.strategies[s]!.name, each[of][0]!]));
  return {
    result: { paths: PATHS, steps: request.monitoringSteps!, premium: 0, financing: true, strategies, notes: [] },
    ...{ pnl: column('pnl'), cost: column('cost'), cluster: clusterOf(request) },
  };
}

/**
 * @param rarely the same, looked at less often
 * @param shorter options of a shorter life
 */
export function frontierSections(
  run: SimulatedFrontier,
  rarely: SimulatedFrontier,
  shorter: readonly SimulatedFrontier[],
): string[] {
  const { strategies } = run.result;
  return [
    '### Cost and risk',
    frontierTable(strategies),
    '### What a band costs at the risk of a clock',
    clockTable(strategies),
    againstTheClock(run),
    ...shorter.flatMap(({ result }) => [`With ${result.steps / 24} days to go:`, clockTable(result.strategies)]),
    '### Certainty equivalents',
    certaintyTable(run),
    `The same with ${rarely.result.steps} looks instead of ${run.result.steps}:`,
    certaintyTable(rarely),
  ];
}

const digits = (value: number, places = 3) => value.toFixed(places);
const withError = ({ value, standardError }: { value: number; standardError: number | null }, places = 3) =>
  `${digits(value, places)} ± ${digits(standardError ?? NaN, places)}`;

function frontierTable(strategies: readonly StrategyResult[]): string {
  const rows = strategies.map(({ name, cost, sd, trades, efficient }) => [
    name,
    withError(cost),
    withError(sd),
    digits(trades, 0),
    efficient ? 'yes' : '',
  ]);
  return markdownTable(['policy', 'cost', 'sd', 'trades', 'efficient'], rows);
}

function clockTable(strategies: readonly StrategyResult[]): string {
  const rows = CLOCKS.flatMap((hours) => {
    const clock = strategies.find(({ name }) => name === clockName(hours))!;
    const costs = KINDS.map((kind) => costAt(strategies, kind, clock.sd.value));
    const cells = costs.map((cost) => (cost === undefined ? '–' : digits(cost / clock.cost.value, 2)));
    return [[clockName(hours), digits(clock.sd.value), digits(clock.cost.value), ...cells]];
  });
  return markdownTable(['clock', 'sd', 'cost', ...KINDS.map((kind) => `\`${kind}\`, share of it`)], rows);
}

/** What a family of bands costs at an sd, by powers between the two risk aversions beside it. */
function costAt(strategies: readonly StrategyResult[], kind: Kind, sd: number): number | undefined {
  const family = AVERSIONS.map((aversion) => strategies.find(({ name }) => name === bandName(kind, aversion))!);
  const next = family.findIndex((each, i) => i > 0 && family[i - 1]!.sd.value >= sd && each.sd.value <= sd);
  if (next < 0) return undefined;
  const [wide, narrow] = [family[next - 1]!, family[next]!];
  const share = Math.log(wide.sd.value / sd) / Math.log(wide.sd.value / narrow.sd.value);
  return wide.cost.value * (narrow.cost.value / wide.cost.value) ** share;
}

function againstTheClock({ pnl, cost, cluster }: SimulatedFrontier): string {
  const [clock, band] = [clockName(4), bandName('optimal', COMPARED)];
  const lessRisk = sdGain(pnl.get(band)!, pnl.get(clock)!, cluster);
  const twoThirds = cost.get(clock)!.map((paid) => (2 / 3) * paid);
  const saved = meanGain(twoThirds, cost.get(band)!, cluster);
  return `On the same paths, \`optimal\` at a risk aversion of ${COMPARED} has an sd that is ${withError(lessRisk, 4)} below that of the four-hourly clock (${errorsAway(lessRisk)} standard errors), and costs ${withError(saved, 4)} less than two thirds of what the clock does (${errorsAway(saved)}).`;
}

const errorsAway = ({ value, standardError }: Estimate) => (value / standardError).toFixed(1);

function certaintyTable({ pnl, cost, cluster, result }: SimulatedFrontier): string {
  const beforeCosts = (name: string) => pnl.get(name)!.map((profit, path) => profit + cost.get(name)![path]!);
  const rows = AVERSIONS.map((aversion) => {
    const of = (kind: Kind) => pnl.get(bandName(kind, aversion))!;
    const own = result.strategies.find(({ name }) => name === bandName('optimal', aversion))!;
    const equivalent = own.certaintyEquivalents.find(({ riskAversion }) => riskAversion === aversion)!;
    const before = beforeCosts(own.name);
    const gains = (['whalley_wilmott', 'zakamouline'] as const).map((kind) => {
      // Prices are martingales here, and the option is sold at its worth: before costs every strategy makes 0 on average.
      const others = beforeCosts(bandName(kind, aversion));
      const control = before.map((profit, path) => profit - others[path]!);
      return certaintyEquivalentGain(of('optimal'), of(kind), aversion, cluster, control);
    });
    return [
      String(aversion),
      withError(equivalent),
      ...gains.flatMap((gain) => [withError(gain, 4), errorsAway(gain)]),
    ];
  });
  return markdownTable(
    ['risk aversion', '`optimal`', 'above Whalley–Wilmott', 'in errors', 'above Zakamouline', 'in errors'],
    rows,
  );
}
