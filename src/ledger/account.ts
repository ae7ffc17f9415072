import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import { EXPLANATION, MONEY_DECIMALS, type LedgerLine } from './model.ts';
import type { Explained } from './ports.ts';

/** What happened to one underlying in a period, in its quote currency. Costs are positive. */
export interface Account {
  options: Explained;
  /** What options were traded at, against their marks. */
  optionTrades: number;
  hedges: number;
  funding: number;
  fees: number;
  spread: number;
  impact: number;
  premium: number;
  opening: number;
  closing: number;
}

export function openAccount(): Account {
  const options = Object.fromEntries(['profit', ...EXPLANATION].map((name) => [name, 0])) as Explained;
  return {
    options,
    ...{ optionTrades: 0, hedges: 0, funding: 0, fees: 0, spread: 0, impact: 0, premium: 0, opening: 0, closing: 0 },
  };
}

export function addExplained(account: Account, explained: Explained): void {
  for (const name of ['profit', ...EXPLANATION] as const) account.options[name] += explained[name];
}

/** The sum of accounts of one currency. */
export function sumAccounts(accounts: readonly Account[]): Account {
  const sum = openAccount();
  for (const account of accounts) {
    addExplained(sum, account.options);
    for (const name of ADDED) sum[name] += account[name];
  }
  return sum;
}

const ADDED = [
  'optionTrades',
  'hedges',
  'funding',
  'fees',
  'spread',
  'impact',
  'premium',
  'opening',
  'closing',
] as const;

/** Costs that are this much larger than the income tell nothing. */
const LARGEST_RATIO = 1e9;

/** As it is told: every part is rounded first, so that what is shown adds up to the last digit. */
export function lineOf(account: Account): Omit<LedgerLine, 'underlying' | 'quote'> {
  const optionPnl = round(account.options.profit + account.optionTrades);
  const [hedgePnl, funding] = [round(account.hedges), round(account.funding)];
  const [fees, spread, impact] = [round(account.fees), round(account.spread), round(account.impact)];
  const hedgingCost = fees.plus(spread).plus(impact).minus(funding);
  const theta = round(account.options.theta);
  const premium = round(account.premium);
  return {
    net: decimalText(optionPnl.plus(hedgePnl).minus(hedgingCost)),
    optionPnl: decimalText(optionPnl),
    hedgePnl: decimalText(hedgePnl),
    funding: decimalText(funding),
    fees: decimalText(fees),
    spread: decimalText(spread),
    impact: decimalText(impact),
    premium: decimalText(premium),
    thetaEarned: decimalText(theta),
    hedgingCost: decimalText(hedgingCost),
    costToTheta: ratio(hedgingCost, theta),
    costToPremium: ratio(hedgingCost, premium),
    openingValue: decimalText(round(account.opening)),
    closingValue: decimalText(round(account.closing)),
    explanation: explanationOf(account, optionPnl),
  };
}

function explanationOf(account: Account, optionPnl: Exact): LedgerLine['explanation'] {
  const terms = EXPLANATION.map((name) => [name, round(account.options[name])] as const);
  const trades = round(account.optionTrades);
  const explained = terms.reduce((sum, [, value]) => sum.plus(value), trades);
  return {
    ...(Object.fromEntries(terms.map(([name, value]) => [name, decimalText(value)])) as Record<
      (typeof EXPLANATION)[number],
      string
    >),
    trades: decimalText(trades),
    unexplained: decimalText(optionPnl.minus(explained)),
  };
}

function round(value: number): Exact {
  return exact(value).toDecimalPlaces(MONEY_DECIMALS);
}

function ratio(cost: Exact, income: Exact): number | null {
  if (!income.gt(0)) return null;
  const value = cost.div(income).toNumber();
  return Math.abs(value) <= LARGEST_RATIO ? value : null;
}
