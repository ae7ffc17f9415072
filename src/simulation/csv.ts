import { ATTRIBUTION, type BacktestResult, type StrategyResult } from './resultModel.ts';

type Cell = string | number | boolean | null;

/** One row a strategy. */
export function strategiesCsv({ strategies }: BacktestResult): string {
  return csvOf(strategies.map(strategyRow));
}

function strategyRow(result: StrategyResult): Record<string, Cell> {
  const { name, policy, pnl, sd, cost, performance, cvar, quantiles, certaintyEquivalents } = result;
  const estimates = { pnl, sd, cost, performance, cvar };
  return {
    ...{ name, policy, efficient: result.efficient },
    ...Object.fromEntries(
      Object.entries(estimates).flatMap(([key, estimate]) => [
        [key, estimate?.value ?? null],
        [`${key}StandardError`, estimate?.standardError ?? null],
      ]),
    ),
    ...{ trades: result.trades, turnover: result.turnover, valueAtRisk: result.valueAtRisk },
    ...{ worst: result.worst, best: result.best, hedgeError: result.hedgeError, maxDrawdown: result.maxDrawdown },
    ...Object.fromEntries(quantiles.map(({ probability, value }) => [`quantile${probability}`, value])),
    ...Object.fromEntries(
      certaintyEquivalents.map(({ riskAversion, value }) => [`certaintyEquivalent${riskAversion}`, value]),
    ),
    ...Object.fromEntries(ATTRIBUTION.map((part) => [`mean_${part}`, result.attribution[part]])),
  };
}

/** One row a bin. */
export function histogramsCsv({ strategies }: BacktestResult): string {
  return csvOf(
    strategies.flatMap(({ name, histogram: { from, width, counts } }) =>
      counts.map((count, i) => ({ name, from: from + i * width, to: from + (i + 1) * width, count })),
    ),
  );
}

/** RFC 4180, with a header line of every column that any row has; numbers as JavaScript writes them, so that they read back the same. */
function csvOf(rows: Record<string, Cell>[]): string {
  const names = [...new Set(rows.flatMap(Object.keys))];
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is quoted with an apostrophe before it. */
function cell(value: Cell): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
